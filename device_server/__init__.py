"""What runs on the device: a supervisor that never runs user code, and the workers that do."""
