"""What Tether answers to each nREPL op. It opens no socket, file or process: the bridge lends it those."""
