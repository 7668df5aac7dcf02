"""The search: ask, evaluate, tell; budgets, resuming, and what is handed over at the end."""
