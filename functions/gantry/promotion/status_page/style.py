"""The style sheet of the status page, and the document around its parts."""

from base64 import b64encode
from hashlib import sha256

from gantry.promotion.approval_html import document, style_sheet
from gantry.promotion.status_page.view import REFRESH_SECONDS, StatusView

_STYLE = style_sheet(
    "main,footer{max-width:76em}table{table-layout:auto}th{width:auto;padding-right:16px}.facts th{width:36%}"
    "caption{text-align:left;padding:0 0 8px}.wide{overflow-x:auto}.wide td,.wide th{padding-right:16px;min-width:5em}"
    ".wide td{overflow-wrap:break-word}.wide th{min-width:6em}.wide tbody th{position:sticky;left:0;background:#fff}"
    ".facts{margin:12px 0}.facts caption{font-weight:600}"
    "thead th{font-weight:600;border-top:0}small,.quiet{font-size:.875em;color:#57606a}td small{display:block}"
    "ul,ol{margin:12px 0;padding:0}li{list-style:none;margin:0;padding:10px 0;border-top:1px solid #d0d7de}"
    "li p{margin:4px 0}time{color:#57606a;font-size:.875em}"
    "ol{border-left:2px solid #8c959f;margin-left:6px}ol li{border-top:0;padding:8px 0 8px 20px;position:relative}"
    "li::marker{content:''}ol li::before{content:'';position:absolute;left:-7px;top:15px;width:12px;height:12px;"
    "border-radius:6px;background:#57606a}li.fault::before{background:#a40e26;border-radius:0}"
    "li.fault>strong{color:#a40e26}"
    "code{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.925em;"
    "background:#eff2f5;padding:2px 6px;border-radius:4px}"
    "a{color:#0b57d0}.moves,.waits,.bad{display:block;margin:4px 0 0;padding:0 0 0 8px;border-left:4px solid}"
    ".moves{border-color:#0b57d0}.waits{border-color:#9a6700}.bad{border-color:#a40e26}.bad strong{color:#a40e26}"
    "svg{display:block;max-width:100%;height:auto}.bar{width:120px;height:8px;margin:4px 0}figure{margin:8px 0}"
    ":focus-visible{outline:3px solid #0b57d0;outline-offset:3px}"
    "@media(max-width:480px){body{padding:12px}.wide td,.wide th{padding-right:10px;font-size:.9em;min-width:4.5em}"
    ".wide small{max-width:5em}}"
    "@media(prefers-color-scheme:dark){a{color:#a8c7fa}small,.quiet,time{color:#9da7b3}"
    "ol li::before{background:#9da7b3}.wide tbody th{background:#0d1117}"
    "li.fault::before{background:#ffa198}li.fault>strong{color:#ffa198}"
    "code{background:#1f2630}"
    "li{border-color:#3d444d}.moves{border-color:#79a9f5}.waits{border-color:#d29922}.bad{border-color:#ffa198}"
    ".bad strong{color:#ffa198}:focus-visible{outline-color:#a8c7fa}}"
)
STYLE_SOURCE = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
"""For a Content-Security-Policy that allows the page's own style sheet and no other style."""


def status_document(title: str, body: str, view: StatusView, at: str) -> str:
    """Return a whole page. It says in its first lines how old it is, and how to stop or start its refreshing.

    The response's header `Refresh` does that, not the document, so that a saved page stays as it is. WCAG asks that
    people can switch it off: https://www.w3.org/WAI/WCAG22/Understanding/timing-adjustable.html

    Args:
        title: as plain text.
        body: HTML.
        view: how it is looked at.
        at: the moment that it shows, as HTML.
    """
    if view.refreshes:
        how = f'It loads again every {REFRESH_SECONDS} seconds. <a href="?refresh=off">Stop that</a>'
    else:
        how = f'It stays as it is. <a href="?">Load it again every {REFRESH_SECONDS} seconds</a>'
    return document(
        title,
        f'<p class="quiet">This page is of {at}. {how}</p>{body}',
        _STYLE,
        '<meta name="robots" content="noindex">',
    )
