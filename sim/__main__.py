"""`python -m sim` is the command `sim`."""

from sim.faces.cli import main

if __name__ == "__main__":
    main()
