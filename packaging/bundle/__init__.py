"""Makes what people install: the program with everything it needs in one folder, and the packages around it."""
