"""What the Python tests share: a server process, clients with an account of their own, raw signed requests."""
