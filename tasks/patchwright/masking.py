"""Masking: hide secrets in text that is shown or stored. Text that is parsed is never masked.

A secret may span lines or have colours in it, so mask a whole text before you split it into lines.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

HIDDEN = "***"

# An environment variable is secret if its name ends in one of these.
_SECRET_SUFFIXES = (
    "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "APIKEY", "_KEY", "_AUTH", "_PAT", "_PWD", "_PASS",
    "CREDENTIAL", "CREDENTIALS", "_COOKIE", "_DSN", "CONNECTION_STRING", "WEBHOOK", "WEBHOOK_URL",
)  # fmt: skip  # one list
# A shorter value protects nothing, and would be found within other words.
_SHORTEST_SECRET = 6
# A shorter value of one kind of characters is a word or a number, such as `master` or `enabled`.
_SHORTEST_WORD = 8
# A shorter encoded form would be found within other words.
_SHORTEST_FORM = 8

_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\^\[\[[0-9;]*[A-Za-z]")
_INVISIBLE = {"Cc", "Cf"}


def hide_secrets(text: str) -> str:
    """Return `text` with keys, tokens, credentials and secrets of the environment replaced by `***`.

    If colours or invisible characters are within a secret, return the text without them.
    """
    hidden = _hide(text)
    bare = _hide(_without_invisible(text))
    return hidden if _without_invisible(hidden) == bare else bare


def _without_invisible(text: str) -> str:
    if text.isprintable():
        # Colours in caret form, as gh prints them, are printable.
        return _COLOURS.sub("", text) if "^[[" in text else text
    return "".join(
        character
        for character in _COLOURS.sub("", text)
        if character in "\n\t" or unicodedata.category(character) not in _INVISIBLE
    )


def _hide(text: str) -> str:
    named = _secrets_of_the_environment(tuple(_secret_variables()))
    if named:
        text = named.sub(HIDDEN, text)
    lower = text.lower()
    for shape in _SHAPES:
        if any(hint in lower for hint in shape.hints):
            text = shape.pattern.sub(shape.replace, text)
    return text


# Secrets of the environment


def _secret_variables() -> Iterator[str]:
    """Yield the values of the variables whose names say that they are secret."""
    for name, value in os.environ.items():
        if name.upper().endswith(_SECRET_SUFFIXES) and _protects(value):
            yield value


def _protects(value: str) -> bool:
    is_word = value.isdigit() or (value.isalpha() and value in {value.lower(), value.upper()})
    return len(value) >= (_SHORTEST_WORD if is_word else _SHORTEST_SECRET)


@functools.lru_cache(maxsize=8)
def _secrets_of_the_environment(values: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern of every form of the values. The name of a file is not a secret."""
    forms = {form for value in values if not os.path.exists(value) for form in _forms(value)}  # noqa: PTH110  any text
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it may be printed: as it is, by line, escaped, and encoded."""
    yield value
    lines = [line.strip() for line in value.splitlines()]
    yield from (line for line in lines if line != value and len(line) >= _SHORTEST_FORM)
    escaped = json.dumps(value)[1:-1]
    encoded = {
        value.strip(), escaped, repr(value)[1:-1], value.replace("'", "'\"'\"'"), value.replace("\n", "%0A"),
        *(form for coded in (_quoted(value, quote), _quoted(value, quote_plus)) for form in coded),
        *_base64_forms(value.encode("utf-8", "surrogateescape")),
    }  # fmt: skip  # one set
    yield from (form for form in encoded if len(form) >= _SHORTEST_FORM or form == value)


def _quoted(value: str, encode: Callable[..., str]) -> tuple[str, ...]:
    """Return a value as a part of a URL, with upper and with lower hexadecimal digits."""
    upper = encode(value, safe="", errors="surrogateescape")
    partly = encode(value, errors="surrogateescape")
    return tuple(
        form
        for one in (upper, partly)
        for form in (one, re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), one))
    )


def _base64_forms(data: bytes) -> Iterator[str]:
    """Yield the base64 of a value, alone and at each place within a longer text such as `user:password`."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode().rstrip("=")
        for before in range(3):
            within = encode(bytes(before) + data).decode().rstrip("=")
            # The first and the last characters depend on what is around the value.
            ends = len(within) - (1 if (before + len(data)) % 3 else 0)
            yield within[(before * 8 + 5) // 6 : ends]


# Shapes of secrets


@dataclass(frozen=True)
class _Shape:
    """A pattern of secrets. A text without any of the `hints`, in lower case, has no match."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str] | str = HIDDEN


def _keeping(match: re.Match[str]) -> str:
    """Return a match with its group `kept` unchanged and the rest hidden."""
    return f"{match['kept']}{HIDDEN}"


def _hide_url(match: re.Match[str]) -> str:
    """Hide the credentials of a URL. A password may contain `/` and `@` although it should be encoded."""
    quoted, rest = match["quote"], match["rest"]
    end = rest.find(quoted) if quoted else -1
    rest, after = (rest[:end], rest[end:]) if end >= 0 else (rest, "")
    authority = rest.partition("/")[0]
    last = rest.rfind("@")
    host = authority.partition("?")[0]
    is_host = bool(re.fullmatch(r"(?:[\w-]+\.)+[\w-]+|localhost|\[[0-9A-Fa-f:.]+\]", host))
    has_slash = not is_host and _LIKE_A_HOST.match(rest[last + 1 :])
    hidden = last if has_slash else authority.rfind("@")
    shown = rest if hidden <= 0 else f"{HIDDEN}{rest[hidden:]}"
    return f"{quoted}{match['scheme']}{shown}{after}"


def _hide_assignment(match: re.Match[str]) -> str:
    value = match["value"]
    return match[0] if _IS_NO_SECRET.fullmatch(value) else f"{match['kept']}{HIDDEN}"


def _hide_basic(match: re.Match[str]) -> str:
    """Hide base64 that is `user:password`, a key or another secret."""
    coded = match[0].rstrip("=")
    try:
        decoded = base64.b64decode(
            coded + "=" * (-len(coded) % 4), altchars=b"-_" if "-" in coded or "_" in coded else None
        )
        plain = decoded.decode("ascii")
    except ValueError:
        return match[0]
    is_secret = plain.isprintable() and (_CREDENTIALS.fullmatch(plain) is not None or _contains_token(plain))
    return HIDDEN if is_secret else match[0]


def _contains_token(text: str) -> bool:
    lower = text.lower()
    return any(any(hint in lower for hint in shape.hints) and shape.pattern.search(text) for shape in _TOKENS)


_LIKE_A_HOST = re.compile(
    r"(?:(?:[\w-]+\.)+[A-Za-z]{2,}|localhost|\d+(?:\.\d+){3}|\[[0-9A-Fa-f:]+\])(?![\w@.-])"
)
_CREDENTIALS = re.compile(r"[\w.@+-]*:[!-~]{4,}")
# What is assigned to a name that says secret, and is none: nothing, a reference, a number or a word.
_IS_NO_SECRET = re.compile(
    r"""["']?(?:\d{0,4}|true|false|none|null|yes|no|on|off|\*+|\$[A-Z_][A-Z0-9_]*|\$\{.*\}+|%\w|\{\w*\}|<[^<>]*>)["']?[,;]?""",
    re.IGNORECASE | re.VERBOSE,
)


def _token(*hints: str, body: str = "", flags: int = 0, alone: bool = False) -> _Shape:
    """Return the shape of a token that begins like its hints, or that the pattern `body` describes.

    A token that stands `alone` is not a part of a longer word.
    """
    pattern = body or f"(?:{'|'.join(map(re.escape, hints))})[A-Za-z0-9_-]{{16,}}"
    limit = "(?<![A-Za-z0-9])" if alone else ""
    return _Shape(tuple(hint.lower() for hint in hints), re.compile(f"{limit}{pattern}", flags))


def _after(
    hints: tuple[str, ...],
    pattern: str,
    replace: Callable[[re.Match[str]], str] = _keeping,
) -> _Shape:
    """Return the shape of a secret after a text that says so: the group `kept`."""
    return _Shape(hints, re.compile(pattern, re.IGNORECASE | re.MULTILINE), replace)


_BASE64_LINE = r"[^\n]{0,120}?[A-Za-z0-9+/]{32,}={0,2}[^\nA-Za-z0-9]{0,6}"
_KIND_OF_KEY = r"[A-Z0-9 ]*(?:PRIVATE|SECRET) KEY(?: BLOCK)?\s?-----?"
_END_OF_KEY = rf"-----?\s?END {_KIND_OF_KEY}"
_KEYS = (
    # A block without its end is hidden up to the end of the text.
    _Shape(
        ("private key", "secret key", "private-mac", "putty"),
        re.compile(
            rf"-----?\s?BEGIN {_KIND_OF_KEY}.*?(?:{_END_OF_KEY}|\Z)"
            r"|PuTTY-User-Key-File-\d.*?(?:Private-MAC: *[0-9a-f]+|\Z)",
            re.DOTALL,
        ),
    ),
    # A block without its beginning.
    _Shape(
        ("private key", "secret key"),
        re.compile(
            rf"(?:^{_BASE64_LINE}\n)*^[^\n]*{_END_OF_KEY}",
            re.MULTILINE,
        ),
    ),
    # The base64 of a block, and the body of an OpenSSH key.
    _Shape(
        ("ls0tls1crudjti", "b3blbnnzac1rzxktdje"),
        re.compile(
            r"(?:LS0tLS1CRUdJTi|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/=]*"
            rf"(?:\n(?:{_BASE64_LINE}|[^\n\w]*[A-Za-z0-9+/]+={{0,2}})$)*",
            re.MULTILINE,
        ),
    ),
)  # fmt: skip  # one shape, one entry
_TOKENS = (
    _token("ghp_", "gho_", "ghs_", "ghu_", "ghr_",
           body=r"gh[oprsu]_[A-Za-z0-9_.-]{16,}", flags=re.IGNORECASE),
    _token("github_pat_", flags=re.IGNORECASE),
    _token("glpat-", "gldt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "glrt-", "glimt-", "gloas-",
           body=r"gl(?:pat|dt|cbt|ptt|ft|soat|agent|rt|imt|oas)-[A-Za-z0-9_.-]{16,}"),
    _token("npm_", body=r"npm_[A-Za-z0-9]{30,}", alone=True),
    _token("pypi-ag", body=r"pypi-Ag[A-Za-z0-9_-]{14,}"),
    _token("akia", "asia", "abia", "acca",
           body=r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
                r"(?:[\s,:;|\"']{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))?", alone=True),
    _token("xox", body=r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}"),
    _token("xapp-", body=r"xapp-\d-[A-Za-z0-9-]{10,}"),
    _Shape(("hooks.slack.com", "webhook"), re.compile(
        r"(?P<kept>hooks\.slack(?:-gov)?\.com/|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/|webhook\.office\.com/)[^\s\"'<>\\]+"),
        _keeping),
    _token(".", body=r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}", alone=True),
    _token("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_",
           body=r"(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9+/=]{10,}"),
    _token("aiza", body=r"AIza[A-Za-z0-9_-]{30,}"),
    _token("ya29.", "gocspx-", "1//0", body=r"(?:ya29\.|GOCSPX-|1//0)[A-Za-z0-9_.-]{16,}"),
    _token("eyj", body=r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}", alone=True),
    _token("q~", body=r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}", alone=True),
    _token("==", body=r"[A-Za-z0-9+/]{86}==", alone=True),
    _token("azdo", body=r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", alone=True),
    _token("hf_", "api_org_", body=r"(?:hf|api_org)_[A-Za-z0-9]{20,}", alone=True),
    _token("sg.", body=r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", alone=True),
    _token("key-", body=r"key-[0-9a-f]{32}(?![A-Za-z0-9])", alone=True),
    _token("-us", body=r"[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])", alone=True),
    _token("sk", body=r"SK[0-9a-f]{32}(?![A-Za-z0-9])", alone=True),
    _token("sk-", body=r"sk-(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20,}", alone=True),
    _token("age-secret-key-", "age-plugin-", body=r"AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]+)-1[0-9A-Z]{20,}",
           flags=re.IGNORECASE),
    _token("dckr_pat_", "dckr_oat_"),
    _token("hvs.", "hvb.", "hvr.", body=r"hv[sbr]\.[A-Za-z0-9_-]{16,}", alone=True),
    _token("dapi", body=r"dapi[0-9a-f]{32}(?:-\d)?", alone=True),
    _token("dop_v1_", "doo_v1_", "dor_v1_"),
    _token("rubygems_", "lin_api_", "lin_oauth_", "glsa_", "glc_", "sntrys_", "sntryu_", "pscale_tkn_",
           "pscale_pw_", "pscale_oauth_", "bkua_", "sbp_", "figd_", "ntn_", "gsk_", "xai-", "pplx-", "r8_",
           "ccipat_", "ccipr_", "nfp_", "fo1_", "sqa_", "sqp_", "squ_", "tskey-", "pul-", "pmak-", "nrak-",
           "atatt3", "atctt3", "atbb", "shpat_", "shpca_", "shppa_", "shpss_", "sq0atp-", "sq0csp-",
           flags=re.IGNORECASE, alone=True),
    _token("cio", body=r"cio[A-Za-z0-9]{32}(?![A-Za-z0-9])", alone=True),
    _token("oy2", body=r"oy2[a-z0-9]{43}(?![A-Za-z0-9])", alone=True),
    _token(":aa", body=r"\d{8,10}:AA[A-Za-z0-9_-]{33}", alone=True),
    _token("dp.", body=r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{20,}", alone=True),
    _token("atlasv1", body=r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}", alone=True),
)  # fmt: skip  # one kind of token, one entry

_WORDS = (
    r"(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key"
    r"|account[_-]?key|encryption[_-]?key|credentials?|(?<=[_.-])(?:pwd|pass|pat)|_auth)"
)
_NAME = rf"(?:[\w.-]*{_WORDS}\d*|(?-i:[A-Z0-9_]+_(?:KEY|AUTH|PAT|PWD|PASS)|Pwd|Pat))"
_NAME_HINTS = (
    "password", "passwd", "passphrase", "secret", "token", "key", "credential", "pwd", "pass", "pat", "auth",
)  # fmt: skip  # one list
_HEADER = (
    r"(?:(?:proxy-)?authorization|private-token|job-token|x-[a-z-]*(?:api-key|token|secret)"
    r"|api-key|apikey|(?:set-)?cookie)"
)
_HEADER_HINTS = ("auth", "key", "token", "secret", "cookie")
_PARAMETER = rf"(?:[\w.~-]*(?:{_WORDS}|signature|credential)|sig|key|auth|code|jwt|pass|pwd|session)"
# A text in quotes, which may themselves be escaped.
_QUOTED = r"(?P<q>\\*[\"'])(?:\\.|(?!(?P=q))[^\n])*(?P=q)"
_BARE = r"(?!=)[^\s&;,\"'<>]+(?:[^\s&;<>]*[^\s&;,\"'<>])?"
_NAMED = (
    # A header within quotes, as curl is given it.
    _after(_HEADER_HINTS, rf"(?P<kept>(?P<q>[\"']){_HEADER}\s*:)(?:(?!(?P=q))[^\n])+"),
    # A header as an entry of JSON, YAML or Python.
    _after(
        _HEADER_HINTS,
        rf"(?P<kept>(?<![\w-]){_HEADER}\\*[\"']?\s*(?:[:=,]|=>)\s*b?(?P<q>\\*[\"']))(?:(?!(?P=q))[^\n])+",
    ),
    _after(_HEADER_HINTS, r"(?P<kept>(?<![\w-])(?:proxy-)?authorization:\s*[|>][+-]?\n\s*)[^\n]+"),
    # A header as a line.
    _after(
        _HEADER_HINTS,
        r"(?P<kept>(?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie):)(?!\s*[\"'|>])[^\n]+",
    ),
    _after(
        ("bearer", "basic", "token", "negotiate", "apikey"),
        r"(?P<kept>\b(?:bearer|basic|token|negotiate|apikey)\s+)"
        r"(?=[A-Za-z0-9._~+/=-]*\d)[A-Za-z0-9._~+/=-]{16,}",
    ),
    # The flags of curl and its like.
    _after(
        ("-u", "--user", "--proxy-user"),
        r"(?P<kept>(?<!\S)(?:-u|--(?:proxy-)?user)(?:\s+|=)?[\"']?)[^\s:\"'/]*:[^\s\"'/][^\s\"']*",
    ),
    _after(
        ("--", "sshpass"),
        rf"(?P<kept>(?<![\w-])--?(?:[\w-]*-)?(?:{_WORDS}|pass|pat)(?:=|\s+)|\bsshpass\s+-p\s*)"
        r"(?P<value>\"[^\"\n]+\"|'[^'\n]+'|(?![<|-])(?=\S*[\d\W])\S{5,}|(?![<|-])\S{12,})",
        _hide_assignment,
    ),
    # The parameters of a URL or a form.
    _after(("=",), rf"(?P<kept>[?&;]{_PARAMETER}=)[^&\s\"'<>#;]+"),
    # Names that say secret: with `=`, with `:`, and as XML.
    _after(
        _NAME_HINTS,
        rf"(?P<kept>(?<![\w.-]){_NAME}\\*[\"']?\]?\s?(?:=>|:=|=)\s?)(?P<value>{_QUOTED}|{_BARE})",
        _hide_assignment,
    ),
    _after(
        _NAME_HINTS,
        rf"(?P<kept>(?P<n>\\*[\"'])(?:{_NAME}|auth)(?P=n)\s*:\s*)(?P<value>{_QUOTED})",
        _hide_assignment,
    ),
    _after(_NAME_HINTS, rf"(?P<kept>^[^\w\n]*{_NAME}:[ \t]+)(?P<value>[^\n]+)", _hide_assignment),
    _after(
        _NAME_HINTS,
        rf"(?P<kept>(?<![\w.-]){_NAME}:[ \t]?)(?P<value>(?=[^\s,;\"'()]*\d)[^\s,;\"'()]{{8,}})",
        _hide_assignment,
    ),
    _after(
        _NAME_HINTS,
        rf"(?P<kept><(?P<tag>(?:\w+:)?{_NAME})(?: [^<>]*)?>)(?P<value>[^<]+)(?=</(?P=tag)>)",
        _hide_assignment,
    ),
    _after(
        ("machine", "login"),
        r"(?P<kept>\b(?:machine|login)\s+\S+(?:\s+login\s+\S+)?\s+password\s+)\S+",
    ),
)  # fmt: skip  # one form, one entry
_URL = re.compile(
    r"(?P<quote>[\"'`<]?)(?P<scheme>(?<![a-z])[a-z][a-z0-9+.-]*://)(?P<rest>\S+)", re.IGNORECASE
)
# Credentials before a host, without a scheme.
_BEFORE_A_HOST = re.compile(r"(?<![\w/:@.+-])[\w.+-]+:[^\s:@/\"']{3,}(?=@(?:[\w-]+\.)+[a-z]{2,}(?![\w.]))")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{12,}={0,2}(?![A-Za-z0-9+/=_-])")
# In the order in which they are hidden.
_SHAPES = (
    *_KEYS,
    _Shape(("://",), _URL, _hide_url),
    *_TOKENS,
    *_NAMED,
    _Shape(("@",), _BEFORE_A_HOST),
    _Shape(("",), _BASE64, _hide_basic),
)
