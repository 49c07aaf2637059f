"""Long texts for tests of scores, the same on every machine."""

from __future__ import annotations

_WORDS = "the time of day and number people in first part they said water long two each way could find more".split()  # noqa: SIM905 - the words are to be read


def long_text(words: int) -> str:
    """Return so many words with a few line ends and strange signs among them."""
    pieces = []
    for index in range(words):
        pieces.append(_WORDS[(index * index + 3 * index + index // 7) % len(_WORDS)])
        if index % 17 == 16:
            pieces.append("é 日本 🙂\n" if index % 2 else ".")
    return " ".join(pieces)


STORY = """Once upon a time there was a little girl named Lily. She lived in a small house near the forest with her
mother and her brother Tom. Every morning she went to the garden to look at the flowers and to listen to the
birds. One day she saw a big red ball under the tree. "Whose ball is this?" she asked. Tom did not know. They
took the ball to the park and asked all the children, but nobody had lost a ball. Then an old man came and
smiled. "That is my dog's ball," he said. "He loves to play with it." The dog jumped up and down and barked.
Lily threw the ball and the dog ran after it as fast as he could. They played until the sun went down. When it
was time to go home, the old man thanked them and gave them two apples. "You are very kind," he said. Lily and
Tom were happy. At home they told their mother about the dog and the ball. She was proud of them, because they
had not kept what was not theirs. That night Lily dreamed of the dog, the ball and the park. The next morning
it rained, so they stayed in the house and drew pictures. Lily drew the dog and Tom drew the old man.
"""
