from nextword.events import Event


def test_listeners_hear_in_the_order_they_connected() -> None:
    heard: list[str] = []
    event: Event[int] = Event()
    event.connect(lambda value: heard.append(f"first {value}"))
    event.connect(lambda value: heard.append(f"second {value}"))
    event.emit(3)
    assert heard == ["first 3", "second 3"]


def test_a_listener_that_disconnects_while_called_is_called_once() -> None:
    heard: list[int] = []
    event: Event[int] = Event()

    def listen(value: int) -> None:
        heard.append(value)
        disconnect()

    disconnect = event.connect(listen)
    event.connect(heard.append)
    event.emit(1)
    event.emit(2)
    disconnect()
    assert heard == [1, 1, 2]
