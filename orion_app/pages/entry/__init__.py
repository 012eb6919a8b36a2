"""Before the door: sign-in, first-run set-up, invite, new password. Native forms; the server sets the cookie."""
