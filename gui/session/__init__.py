"""What runs: the state machine, the worker on its thread, and what they say to each other."""
