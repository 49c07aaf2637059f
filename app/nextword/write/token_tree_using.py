"""Puts a path of a token tree into the text, by its ids."""

from __future__ import annotations

from nextword.engine.tokens import TokenStep
from nextword.write.session import WriteSession
from nextword.write.token_tree import TokenTree
from nextword.write.tokens_vocabulary import VocabularyTable


def use_path(session: WriteSession, tree: TokenTree, number: int, vocabulary: VocabularyTable) -> bool:
    """Let the text go on with the path to a node, from where the tree grew; what stood there stays as a version.

    False where that place is in the text no more: then the prompt of the tree and the path are a new document.
    """
    path = [_step(tree, one) for one in tree.path(number)]
    place = place_of(session, tree)
    if place is None:
        session.open(None)
        before = [TokenStep(token, vocabulary.piece(token), 0.0, 0, 0.0, 0.0, 0) for token in _own_ids(session, tree)]
        session.put_steps([*before, *path], 0)
        return False
    written = session.written
    end = len(written.text)
    start = end if place == len(written) else written.starts[place]
    if start < end:
        session.keeping.flush()
    session.pin(None)
    session.put_steps(path, start, until=end)
    return True


def place_of(session: WriteSession, tree: TokenTree) -> int | None:
    """Return how many tokens of the text stand before the tree, None when those are not its prompt."""
    own = _own_ids(session, tree)
    steps = session.steps
    if len(own) > len(steps) or tuple(step.id for step in steps[: len(own)]) != own:
        return None
    at_end = len(own) == len(steps)
    return len(own) if session.ids_before(None if at_end else len(own)) == tree.prompt else None


def _own_ids(session: WriteSession, tree: TokenTree) -> tuple[int, ...]:
    """Return the prompt without the BOS that the model has before every text."""
    rules = session.model.tokens if session.model is not None else None
    adds = rules is not None and rules.adds_bos and tree.prompt[:1] == (rules.bos,)
    return tree.prompt[1:] if adds else tree.prompt


def _step(tree: TokenTree, number: int) -> TokenStep:
    """Return a node as a token of the text; its other numbers come when the text is scored."""
    node = tree.nodes[number]
    rank = 1 + tree.children[node.parent].index(number)
    return TokenStep(node.id, node.text, node.logprob, rank, 0.0, node.logprob, 0, special=node.control)
