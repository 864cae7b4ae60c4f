"""Who may come in: users, their passwords, sessions and roles."""
