"""Overview: is anything wrong, is the data fresh."""
