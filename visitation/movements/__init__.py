"""The inmates' way to a visit: told, called, brought, taken back."""
