"""The one door: one module per noun, one function per thing a user does. Services never commit."""
