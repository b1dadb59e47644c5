"""`python -m investplan` is `investplan`."""

from investplan.cli import main

if __name__ == "__main__":
    main()
