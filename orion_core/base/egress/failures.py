"""What went wrong on the way, in words a person can act on. Causes are stable names in `detail["cause"]`.

`detail["sent"]` is False where nothing can have reached the provider: even a write that is not idempotent may be repeated then.
"""

from __future__ import annotations

import errno
import ssl

import aiohttp

from orion_core.base.errors import ConnectorError, EgressRefused, OrionError, ProviderUnavailable

_OWN_AUTHORITY = "Use a certificate of a known authority, or name your own authority in the file SSL_CERT_FILE points to."
_CHECK_URL = "Check the base URL of the connection."
# OpenSSL's verify codes: https://docs.openssl.org/3.0/man1/openssl-verification-options/
_CERTIFICATE = {
    9: ("certificate_not_yet_valid", "its certificate is not valid yet", "Check the clock of this machine."),
    10: ("certificate_expired", "its certificate has expired", "Ask who runs the server to renew it; check this machine's clock too."),
    18: ("certificate_self_signed", "its certificate is self-signed", _OWN_AUTHORITY),
    19: ("certificate_self_signed", "its certificate chain ends in a self-signed one", _OWN_AUTHORITY),
    20: ("certificate_unknown_issuer", "its certificate comes from an unknown authority",
         "Have the server send its whole chain, or name its authority in SSL_CERT_FILE."),
    23: ("certificate_revoked", "its certificate is revoked", "Do not send credentials there; ask who runs the server."),
    62: ("certificate_other_host", "its certificate is for another host name", _CHECK_URL),
    64: ("certificate_other_host", "its certificate is not for this IP address", _CHECK_URL),
}
_SOCKET = {
    errno.ECONNREFUSED: ("connection_refused", "nothing listens there"),
    errno.ENETUNREACH: ("unreachable", "the network is not reachable"),
    errno.EHOSTUNREACH: ("unreachable", "the host is not reachable"),
    errno.ETIMEDOUT: ("connect_timeout", "it did not answer in time"),
}


def explain(error: BaseException, *, where: str, timeout_s: float) -> OrionError:
    """The Orion error for what aiohttp or the system raised; `where` is `host` or `host:port`."""
    if isinstance(error, OrionError):
        return error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate(error.certificate_error, where)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return _unavailable("tls", f"No secure connection to {where}: the server does not speak TLS as it should.", sent=False,
                            next_step="Check the base URL: is it https, and the port right?")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _unavailable("dns", f"The name {where} is not known.", sent=False,
                            next_step=f"{_CHECK_URL} If it is right, check the name server.")
    if isinstance(error, aiohttp.ClientConnectorError):
        cause, words = _SOCKET.get(error.errno or 0, ("connect", "the connection failed"))
        return _unavailable(cause, f"{where} cannot be reached: {words}.", sent=False)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return _unavailable("connect_timeout", f"{where} did not accept a connection in time.", sent=False)
    if isinstance(error, TimeoutError):
        return _unavailable("timeout", f"{where} did not finish its answer within {timeout_s:g} s.")
    if isinstance(error, aiohttp.ClientPayloadError):
        return _unavailable("truncated", f"The answer of {where} broke off in the middle.")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return _unavailable("disconnected", f"{where} closed the connection before it answered.")
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return EgressRefused("The address is not a valid web address.", next_step=_CHECK_URL)
    if isinstance(error, aiohttp.ClientResponseError):
        # Also what a wrong Content-Length looks like: its rest is read as the head of another answer.
        return _unavailable("not_http", f"{where} does not speak HTTP as it should.", next_step=_CHECK_URL)
    if isinstance(error, ValueError):
        return EgressRefused("The request holds a line break or another character that HTTP does not allow.",
                             next_step="Enter the credential again without line breaks or spaces around it.",
                             detail={"cause": "bad_character"})
    return _unavailable("reset", f"The connection to {where} was lost.")


def _certificate(error: Exception, where: str) -> ConnectorError:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    cause, words, step = _CERTIFICATE.get(code, ("certificate", "its certificate cannot be verified", _CHECK_URL))
    return _unavailable(cause, f"{where} is not trusted: {words}.", sent=False, next_step=step)


def _unavailable(cause: str, message: str, *, sent: bool = True, next_step: str | None = None) -> ProviderUnavailable:
    return ProviderUnavailable(message, next_step=next_step, detail={"cause": cause, "sent": sent})
