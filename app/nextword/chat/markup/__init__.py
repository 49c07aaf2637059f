"""A message as blocks and runs, each with its place in what the model wrote; knows no Qt, opens no file, no address."""
