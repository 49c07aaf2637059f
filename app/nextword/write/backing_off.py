"""What goes when a prompt that stopped inside a token is backed off: its last token, and what was written behind it."""

from __future__ import annotations

from nextword.write.asking_tokens import Sent
from nextword.write.board import Board
from nextword.write.spelling import ORIGIN


def span_to_back_off(board: Board, sent: Sent | None) -> tuple[int, int] | None:
    """Return from where to where the text goes; None where nothing was sent that can be taken back.

    What was written is the model's tokens right behind the place where the sent text ended, of one origin; text of
    somebody else stays.
    """
    written = board.written
    if sent is None or len(sent.tokens) <= sent.lead or not 0 < sent.ends <= len(written.text):
        return None
    last = written.token_at(sent.ends - 1)
    if last is None:
        return None
    end = sent.ends
    behind = written.tokens_in(end, len(written.text))
    for token in behind:
        same = written.marks[token] // ORIGIN == written.marks[behind[0]] // ORIGIN
        if not written.by_model(token) or not same or written.starts[token] > end:
            break
        end = max(end, written.ends[token])
    return written.starts[last], end
