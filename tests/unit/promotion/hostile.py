"""Texts that somebody would put into a tag, a reason or a configuration to be more than text."""

TEXTS = (
    "</td></title></style></textarea><script>alert('x')</script><img src=x onerror=\"alert(1)\">",
    "\"><a href='javascript:alert(1)'>Approve</a>",
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "<!-- --><![CDATA[ <?php &amp;&lt;&#x3c;script&#x3e;",
    "https://evil.example/approve",
    "safe\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{FIRST STRONG ISOLATE}",
    "one\r\nBcc: everybody@example.com\r\n\r\nApproved by the boss",
    "\x00\x1b[2J\x07\x7f\N{ZERO WIDTH SPACE}\N{LINE SEPARATOR}\ud800",
    "{} {0} %s {approver} \\g<0> \\1",
    "old → new → newest",
)
