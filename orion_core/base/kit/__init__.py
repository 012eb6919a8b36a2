"""Small tools without a domain: time, ids, JSON, redaction."""
