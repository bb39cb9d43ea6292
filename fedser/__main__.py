"""`python -m fedser` is the command `fedser`."""

from fedser.start import main

if __name__ == "__main__":
    main()
