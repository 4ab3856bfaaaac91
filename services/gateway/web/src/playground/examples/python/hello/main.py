print("Hello from a sandbox that was warm before you asked.")
