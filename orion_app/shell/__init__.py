"""Page frame, navigation, theme, session, guard, and the bundle that the web process serves."""
