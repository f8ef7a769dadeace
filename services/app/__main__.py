"""`python -m services.app` is `dateline`."""

from services.app.main import main

if __name__ == "__main__":
    main()
