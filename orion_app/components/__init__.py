"""Stateless parts of pages: each takes values or Vars and returns a component. Looks live in assets/*.css."""
