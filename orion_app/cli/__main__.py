"""`python -m orion_app.cli`, for child processes."""

from orion_app.cli import main

main()
