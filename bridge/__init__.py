"""The host process: editors on one side, devices on the other. It never runs user code."""
