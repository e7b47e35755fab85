"""`python -m appliance` is the same command as `greffier`."""

from appliance.cli import main

if __name__ == "__main__":
    main()
