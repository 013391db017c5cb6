"""The left column of the window, where a network is built: palette, stack of layers, inspector."""
