"""Shapes: made-up secrets in the forms in which programs print them, and ordinary text that is no secret.

Each secret is put together from parts, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

LETTERS = "Q7xT2mZp9LrV4cKd8WnB3hYs6GfJ1uEa5RiOtNkC0yXwMvPbHqDgSjFz"
HEX = "4f9a1c7e0b3d8526"
BASE64 = "mK3vQ9zXw7Lp/2Rt+Yb8Nc4Hd6Gf1Js5Ae0UiOqWxTzVyCuMkBnPlDrEhSgFjIo7"
PASSWORD = "h7&Kq-vE2rt"  # noqa: S105  made up


@dataclass(frozen=True)
class Shape:
    """A text that a program prints, and the part of it that nobody may see."""

    name: str
    text: str
    secret: str


def _block(kind: str, dashes: str = "-----") -> str:
    lines = "\n".join(f"{number}{BASE64}"[:64] for number in range(6))
    return f"{dashes}BEGIN {kind}{dashes}\n{lines}\n{dashes}END {kind}{dashes}"


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


JWT = ".".join(_coded(part).rstrip("=") for part in ('{"alg":"HS256"}', '{"sub":"ada","n":7}', LETTERS))
BASIC = _coded("ada:" + PASSWORD)
OPENSSH = "b3BlbnNzaC1rZXktdjEA" + BASE64[:44]

# What begins a token, and the number of characters that follow.
_PREFIXES = {
    "GitHub classic": ("gh" + "p_", LETTERS[:36]),
    "GitHub OAuth": ("gh" + "o_", LETTERS[:36]),
    "GitHub server": ("gh" + "s_", LETTERS[:36]),
    "GitHub user": ("gh" + "u_", LETTERS[:36]),
    "GitHub refresh": ("gh" + "r_", LETTERS),
    "GitHub fine-grained": ("github_" + "pat_", f"{LETTERS[:22]}_{LETTERS}"),
    "GitLab": ("gl" + "pat-", LETTERS[:20]),
    "GitLab deploy": ("gl" + "dt-", LETTERS[:20]),
    "GitLab runner": ("gl" + "rt-", LETTERS[:20]),
    "npm": ("np" + "m_", LETTERS[:36]),
    "PyPI": ("pyp" + "i-AgEIcHlwaS5vcmc", LETTERS),
    "TestPyPI": ("pyp" + "i-AgENdGVzdC5weXBpLm9yZw", LETTERS),
    "AWS key": ("AK" + "IA", "IOSFODNN7QKZMWLP"),
    "AWS session key": ("AS" + "IA", "IOSFODNN7QKZMWLP"),
    "Slack bot": ("xo" + "xb-", f"123456789012-{LETTERS[:24]}"),
    "Slack user": ("xo" + "xp-", f"123456789012-{LETTERS[:32]}"),
    "Slack app": ("xap" + "p-", f"1-A012345-{LETTERS[:24]}"),
    "Slack webhook": ("https://hooks.slack.com/" + "services/", f"T0123456/B0123456/{LETTERS[:24]}"),
    "Discord webhook": ("https://discord.com/api/" + "webhooks/", f"123456789012345678/{LETTERS}"),
    "Discord bot": ("MTA4NzY1NDMyMTA5ODc2NTQz", f".GhJk7A.{LETTERS[:30]}"),
    "Stripe live": ("sk_" + "live_", LETTERS[:24]),
    "Stripe restricted": ("rk_" + "live_", LETTERS[:24]),
    "Stripe webhook": ("wh" + "sec_", LETTERS[:32]),
    "Google API": ("AI" + "za", f"Sy{LETTERS[:33]}"),
    "Google OAuth": ("ya" + "29.", LETTERS),
    "Google client": ("GOC" + "SPX-", LETTERS[:28]),
    "Hugging Face": ("h" + "f_", LETTERS[:34]),
    "SendGrid": ("S" + "G.", f"{LETTERS[:22]}.{LETTERS[:43]}"),
    "Twilio": ("S" + "K", HEX * 2),
    "Mailgun": ("ke" + "y-", HEX * 2),
    "age": ("AGE-SECRET-" + "KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
    "Docker": ("dckr_" + "pat_", LETTERS[:27]),
    "Docker organization": ("dckr_" + "oat_", LETTERS[:32]),
    "Vault": ("hv" + "s.", LETTERS),
    "Vault batch": ("hv" + "b.", LETTERS),
    "Databricks": ("da" + "pi", HEX * 2),
    "DigitalOcean": ("dop_" + "v1_", HEX * 4),
    "OpenAI": ("sk-" + "proj-", LETTERS),
    "Anthropic": ("sk-" + "ant-api03-", LETTERS),
    "RubyGems": ("ruby" + "gems_", HEX * 3),
    "crates.io": ("ci" + "o", LETTERS[:32]),
    "NuGet": ("oy" + "2", ("abcdefghij0123456789" * 3)[:43]),
    "Telegram": ("1234567890:" + "AA", LETTERS[:33]),
    "Grafana": ("gl" + "sa_", LETTERS[:41]),
    "Linear": ("lin_" + "api_", LETTERS[:40]),
    "Atlassian": ("ATA" + "TT3", LETTERS),
    "Shopify": ("shp" + "at_", HEX * 2),
    "Square": ("sq0" + "atp-", LETTERS[:22]),
    "Sentry": ("snt" + "rys_", LETTERS),
    "Tailscale": ("ts" + "key-", f"auth-{LETTERS[:30]}"),
    "Terraform": (LETTERS[:14] + ".atlas" + "v1.", LETTERS),
    "Azure client": ("a1b8" + "Q~", LETTERS[:32]),
    "Azure storage": (BASE64[:44].replace("/", "a"), BASE64[:42] + "=="),
}

TOKENS = [
    Shape(name, f"it is {prefix}{rest} here", rest.split("/")[-1])
    for name, (prefix, rest) in _PREFIXES.items()
]
BLOCKS = [
    *(
        Shape(f"{kind} block", f"read\n{_block(kind)}\ndone", BASE64[:40])
        for kind in (
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        )
    ),
    Shape(
        "SSH2 block",
        _block("SSH2 ENCRYPTED PRIVATE KEY", "---- ").replace("KEY---- ", "KEY ----"),
        BASE64[:40],
    ),
    Shape("age block", "AGE-SECRET-" + "KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", "QPZRY9X8GF2TVDW0S3JN"),
    Shape("block without its end", _block("RSA PRIVATE KEY").rpartition("\n")[0], BASE64[:40]),
    Shape("block without its beginning", _block("RSA PRIVATE KEY").partition("\n")[2], BASE64[:40]),
    Shape("indented block", _block("PRIVATE KEY").replace("\n", "\n    | "), BASE64[:40]),
    Shape("block with carriage returns", _block("PRIVATE KEY").replace("\n", "\r\n"), BASE64[:40]),
    Shape(
        "block in a log",
        _block("PRIVATE KEY").replace("\n", "\nbuild\tdeploy\t2026-11-22T14:00:00.1Z "),
        BASE64[:40],
    ),
    Shape("block in JSON", '{"key": "' + _block("PRIVATE KEY").replace("\n", "\\n") + '"}', BASE64[:40]),
    Shape(
        "block in base64", f"K: {_coded(_block('RSA PRIVATE KEY'))}", _coded(_block("RSA PRIVATE KEY"))[40:80]
    ),
    Shape("body of an OpenSSH key", f"{OPENSSH}\n{BASE64[:64]}\n", BASE64[:40]),
    Shape(
        "PuTTY",
        f"PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{BASE64[:64]}\nPrivate-MAC: {HEX}",
        BASE64[:40],
    ),
]
HEADERS = [
    Shape("header", f"> Authorization: Bearer {LETTERS}", LETTERS),
    Shape("header of HTTP/2", f"[authorization: token {HEX * 2}]", HEX * 2),
    Shape("header in JSON", f'{{"Authorization": "Bearer {LETTERS}", "ok": true}}', LETTERS),
    Shape(
        "header in escaped JSON",
        f'{{\\"Authorization\\": \\"Basic {BASIC}\\"}}',
        BASIC,
    ),
    Shape("header in Python", f"{{'Authorization': 'token {HEX * 2}'}}", HEX * 2),
    Shape("header in a tuple", f"(b'Authorization', b'Bearer {LETTERS}')", LETTERS),
    Shape("header in YAML", f"headers:\n  authorization: Bearer {LETTERS}\n", LETTERS),
    Shape("header in a YAML block", f"authorization: >-\n  Custom {LETTERS}\n", LETTERS),
    Shape("curl -H", f"curl -H 'Authorization: Digest {PASSWORD}' https://example.org", PASSWORD),
    Shape("curl -H with double quotes", f'curl -H "PRIVATE-TOKEN: {PASSWORD}" https://example.org', PASSWORD),
    Shape("curl -u", f"curl -u ada:{PASSWORD} https://example.org", PASSWORD),
    Shape("curl --user", f"curl --user 'ada:{PASSWORD}' https://example.org", PASSWORD),
    Shape("curl --user=", f"curl --user=ada:{PASSWORD} https://example.org", PASSWORD),
    Shape("curl --proxy-user", f"curl --proxy-user ada:{PASSWORD} https://example.org", PASSWORD),
    Shape("proxy header", f"Proxy-Authorization: Basic {BASIC}", BASIC),
    Shape("cookie", f"Set-Cookie: session={LETTERS}; HttpOnly", LETTERS),
    Shape("key header", f'"x-api-key": "{HEX * 2}"', HEX * 2),
    Shape(
        "git's extra header",
        f"http.extraheader=AUTHORIZATION: basic {_coded('x:' + LETTERS)}",
        _coded("x:" + LETTERS),
    ),
    Shape("bearer alone", f"sent bearer {LETTERS} to host", LETTERS),
    Shape("basic credentials in base64", f"auth {BASIC} sent", BASIC),
    Shape(
        "a token in base64", f"value {_coded('gh' + 'p_' + LETTERS[:36])}", _coded("gh" + "p_" + LETTERS[:36])
    ),
]
URLS = [
    Shape("URL password", f"https://ada:{PASSWORD}@github.com/o/n", PASSWORD),
    Shape("URL password with /", "https://ada:ab/cd@github.com/o/n", "ab/cd"),
    Shape("URL password with / and @", "https://ada:p@9s/s7@github.com/o/n", "s7"),
    Shape("URL password of digits with /", "https://ada:12/34@github.com/o/n", "12/34"),
    Shape("URL password in percents", "https://ada:p%40ss%2Fw0rd@github.com/o/n", "p%40ss"),
    Shape("URL without a user", f"redis://:{PASSWORD}@cache.example.org:6379/0", PASSWORD),
    Shape("URL with a token only", f"https://{LETTERS}@github.com/o/n", LETTERS),
    Shape("URL with a token with /", "https://tok7/en9@github.com/o/n", "tok7/en9"),
    Shape("database URL", f"postgresql+psycopg://ada:{PASSWORD}@db:5432/app", PASSWORD),
    Shape("URL in quotes", f"unable to access 'https://ada:{PASSWORD}@github.com/o/n/': 403", PASSWORD),
    Shape("URL in JSON", f'{{"url":"https://ada:{PASSWORD}@github.com/o/n","to":"b@c.org"}}', PASSWORD),
    Shape("credentials without a scheme", "push to ada:s3cr3t9@git.example.org/o/n", "s3cr3t9"),
    Shape("access_token=", f"GET /user?access_token={HEX}&x=1", HEX),
    Shape("signature of a URL", f"https://h.blob.example/x?se=2026&sig={LETTERS}%3D", LETTERS),
    Shape("S3 signature", f"https://b.s3.example/x?X-Amz-Signature={HEX * 4}&a=b", HEX * 4),
    Shape("OAuth code", f"http://localhost:1/cb?state=a&code={HEX}", HEX),
]
ASSIGNMENTS = [
    Shape("NAME=value", f"DB_PASSWORD={PASSWORD.replace('&', '')}", "vE2rt"),
    Shape("export", f"export GITHUB_TOKEN='{LETTERS}'", LETTERS),
    Shape("env in a log", f"  MY_API_KEY: {LETTERS}", LETTERS),
    Shape("AWS secret", f"aws_secret_access_key = {BASE64[:40]}", BASE64[:40]),
    Shape("AWS pair", f"{'AK' + 'IA'}IOSFODNN7QKZMWLP,{BASE64[:40]}", BASE64[:40]),
    Shape("AWS in JSON", f'"SecretAccessKey": "{BASE64[:40]}"', BASE64[:40]),
    Shape("Azure connection", f"Protocol=https;AccountKey={BASE64[:44]};Suffix=x", BASE64[:44]),
    Shape("Azure bus", f"Endpoint=sb://x/;SharedAccessKey={BASE64[:43]}=", BASE64[:43]),
    Shape("database connection", "Server=db;Uid=ada;Pwd=s3cr3t9;", "s3cr3t9"),
    Shape("HTTP form", f"grant_type=password&username=ada&password={HEX}", HEX),
    Shape("JSON", f'{{"client_secret":"{PASSWORD}"}}', PASSWORD),
    Shape("escaped JSON", f'{{\\"password\\": \\"{PASSWORD}\\"}}', PASSWORD),
    Shape("YAML", "password: correct horse battery\n", "horse"),
    Shape("Python", f"settings['api_token'] = '{PASSWORD}'", PASSWORD),
    Shape("TOML", f'passphrase = "{PASSWORD}"', PASSWORD),
    Shape(".npmrc", f"//registry.example.org/:_authToken={HEX * 2}", HEX * 2),
    Shape(".pypirc", "[pypi]\nusername = ada\npassword = s3cr3t9\n", "s3cr3t9"),
    Shape("Docker's configuration", f'{{"auths": {{"h": {{"auth": "{BASIC}"}}}}}}', BASIC),
    Shape("XML", f"<password>{HEX}</password>", HEX),
    Shape("netrc", "machine github.com login ada password s3cr3t9", "s3cr3t9"),
    Shape("--password", "twine upload --password s3cr3t9 dist/x", "s3cr3t9"),
    Shape("--token=", f"tool --api-token={HEX} run", HEX),
    Shape("sshpass", "sshpass -p s3cr3t9 ssh host", "s3cr3t9"),
    Shape("JWT", f"sent {JWT} to host", JWT.split(".")[2]),
]  # fmt: skip  # one shape, one entry
SHAPES = [*TOKENS, *BLOCKS, *HEADERS, *URLS, *ASSIGNMENTS]

# The name of a variable of the environment, and a value that nobody may see.
VARIABLES = {
    "DEPLOY_KEY": "k3y/with+signs=",
    "DB_PASSWORD": PASSWORD,
    "PGPASSWORD": "pg-pass word",
    "CI_JOB_TOKEN": "open sesame",
    "CLIENT_SECRET": "s3cr3t",
    "GOOGLE_CREDENTIALS": '{"a": 1,\n "private_part": "xyzzyplugh"}',
    "AZURE_DEVOPS_EXT_PAT": "patpatpat9",
    "HATCH_INDEX_AUTH": "hatch-auth-9",
    "MYSQL_PWD": "my-sql-9",
    "SIGNING_KEY": "first-line-of-it\nsecond-line-of-it",
    "GPG_PASSPHRASE": "grüß gott 9",
}

ORDINARY = [
    HEX * 2 + HEX[:8],
    f"commit {HEX * 2}{HEX[:8]} (tag: v1.24.1)",
    f"sha256:{HEX * 4}",
    f"{HEX * 2}{HEX[:8]}:refs/heads/release-1.24",
    f"git push --force-with-lease=refs/heads/x:{HEX * 2}{HEX[:8]} -- origin {HEX * 2}{HEX[:8]}:refs/heads/x",
    f"git cherry-pick -x {HEX * 2}{HEX[:8]}",
    "git@github.com:octo/almanac.git",
    "https://github.com/octo/almanac/actions/runs/1234567890/job/9876543210",
    "git+https://github.com/octo/almanac@v1.24.1",
    "http://localhost:8080/path@v1",
    ".auxiliary/data/towncrier/+missing-template.repair.rst",
    "documentation/2026-11-22-aVeryLongFileNameWithCamelCase.md",
    "almanac-1.24.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "almanac/data/QmFzZTY0TmFtZQ.txt",
    "tests/test_tokenizer.py::test_the_token_is_read PASSED",
    "Check GH_TOKEN and GITHUB_TOKEN: if one of them is set, gh uses it instead of its stored token.",
    "Edit or replace the token that gh uses: it lacks the permission actions:read on octo/almanac.",
    "Log in again: the token has expired or was revoked.",
    "fatal: could not read Password for 'https://github.com': terminal prompts disabled",
    "user.signingkey=~/.ssh/id_ed25519.pub",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx8 ada@example.org",
    "PWD=/home/ada/almanac",
    "token: ${{ secrets.GITHUB_TOKEN }}",
    "password = $DB_PASSWORD",
    "use_token = true",
    "Co-authored-by: Grace Hopper <grace@example.org>",
    "error: pathspec 'key' did not match any file(s) known to git",
    "pypi-publish-with-trusted-publishing-and-attestations",
    "sk-learn-contrib-polynomial-regression-tools",
    "npm_config_registry_and_other_settings_of_npm",
    "-----BEGIN PUBLIC KEY-----",
    "-----BEGIN SSH SIGNATURE-----",
    "Sort candidates by key: newest first",
    "inv release.patch --version 1.24 --patches none --message 'Repair the passwords page'",
    "== 12 passed, 3 warnings in 4.56s ==",
    "2026-11-22T14:00:00+00:00",
    "The basic configuration and the bearer of news",
    "Set-up: cookie cutter",
]
