"""Records: find the one, trust the value. Everything that decides what is shown stands in the address."""
