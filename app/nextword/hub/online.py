"""All that the program does over the network, as one object: the door, the catalog of the hub, the downloads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from nextword.errors import NextwordError, NotSaved
from nextword.hub.catalog import Catalog
from nextword.hub.downloads import Downloads
from nextword.hub.hub_records import Download
from nextword.hub.library import Library
from nextword.network.door import Network
from nextword.network.ledger import Ledger
from nextword.network.origins import origin_of
from nextword.network.proxies import read_proxy
from nextword.network.secrets import Place, Secrets
from nextword.paths import Profile
from nextword.settings import SettingsChange, SettingsFile

Deliver: TypeAlias = Callable[[Callable[[], None]], None]
Failed: TypeAlias = Callable[[NextwordError], None]
_LOG = logging.getLogger(__name__)


class Online:
    """Follows the settings. Nothing is read, imported or sent before `begin` or the first question."""

    def __init__(self, profile: Profile, settings: SettingsFile, library: Library, deliver: Deliver) -> None:
        self._settings = settings
        self._library = library
        self.network = Network(Ledger(profile.root / "network.jsonl"), Secrets(profile.root / "tokens.json"))
        self.catalog = Catalog(self.network, self._endpoint, deliver, home=profile.cache / "hub")
        self.downloads = Downloads(
            profile.models, profile.root / "downloads.json", self.network, lambda: self.catalog.api, deliver
        )
        self.downloads.finished.connect(self._on_finished)
        self._unwanted: set[str] = set()  # proxies that are used no more and whose password is to go
        self._passwords = threading.Lock()
        self._configure()
        self._disconnect = settings.changed.connect(self._on_changed)

    def begin(self) -> None:
        """Go on with the downloads of the last run."""
        proxy = self._settings.value.network.proxy
        if read_proxy(proxy).password:  # written by an earlier version, or by hand
            self.keep_proxy(proxy, _done, partial(_log, "the proxy's password stays in the settings"))
        self.downloads.begin()

    def close(self) -> None:
        """End everything that uses the network, and join its threads."""
        self._disconnect()
        self.network.interrupt()
        self.downloads.close()
        self.network.close()
        self.catalog.close()

    # --- the token ------------------------------------------------------------------------------------------

    def keep_token(self, token: str, done: Callable[[Place], None], failed: Failed) -> None:
        """Keep a token for the hub that the settings name, "" to forget it; done is told where it lies now."""
        endpoint = self._endpoint()
        self.catalog.forget()
        self.catalog.run(lambda: self._keep(origin_of(endpoint), token), done, failed)

    def find_token(self, done: Callable[[Place], None], failed: Failed) -> None:
        """Ask where the token for that hub lies, "" when there is none."""
        endpoint = self._endpoint()
        self.catalog.run(lambda: self.network.secrets.place(origin_of(endpoint)), done, failed)

    def _keep(self, owner: str, secret: str) -> Place:
        try:
            return self.network.secrets.put(owner, secret)
        except OSError as error:
            raise NotSaved("io", error.strerror or str(error)) from error

    # --- the proxy's password -------------------------------------------------------------------------------

    def keep_proxy(self, text: str, done: Callable[[Place], None], failed: Failed) -> None:
        """Use a proxy whose address has a password in it: that goes to the key ring, the rest into the settings."""
        proxy, before = read_proxy(text), self._settings.value.network.proxy
        self._unwanted.discard(proxy.owner)

        def put(place: Place) -> None:
            if self._settings.value.network.proxy == before:
                try:
                    self._settings.set("network.proxy", proxy.address)
                    if read_proxy(before).password:
                        self._settings.overwrite_previous()
                except OSError as error:
                    failed(NotSaved("io", error.strerror or str(error)))
                    return
            done(place)

        def keep() -> Place:
            with self._passwords:
                return self._keep(proxy.owner, proxy.password)

        self.catalog.run(keep, put, failed)

    def keep_password(self, password: str, done: Callable[[Place], None], failed: Failed) -> None:
        """Keep a password for the proxy that the settings name, "" to forget it."""
        owner = read_proxy(self._settings.value.network.proxy).owner
        self.catalog.run(lambda: self._keep(owner, password), done, failed)

    def _forget(self, owner: str) -> Place:
        """Forget the password of a proxy, unless it is wanted again: two threads work here, in any order."""
        with self._passwords:
            if owner not in self._unwanted:
                return ""
            self._unwanted.discard(owner)
            return self._keep(owner, "")

    def find_password(self, done: Callable[[Place], None], failed: Failed) -> None:
        """Ask where the password for that proxy lies, "" when there is none."""
        owner = read_proxy(self._settings.value.network.proxy).owner
        self.catalog.run(lambda: self.network.secrets.place(owner) if owner else "", done, failed)

    def _endpoint(self) -> str:
        return self._settings.value.network.endpoint

    def _configure(self) -> None:
        chosen = self._settings.value.network
        self.network.configure(chosen)
        self.downloads.connections = chosen.connections
        self.downloads.limit(chosen.speed_kb * 1000)

    def _on_changed(self, change: SettingsChange) -> None:
        if change.old.network != change.new.network:
            self._configure()
            self.catalog.forget()
            old, new = (read_proxy(which.network.proxy).owner for which in (change.old, change.new))
            self._unwanted.discard(new)
            if old and old != new:
                self._unwanted.add(old)
                self.catalog.run(partial(self._forget, old), _done, partial(_log, "the old proxy's password stays"))

    def _on_finished(self, download: Download) -> None:
        files = download.item.files
        sha256 = files[0].sha256 if len(files) == 1 else ""  # a split model is hashed as a whole
        self._library.add_downloaded(
            download.path,
            sha256=sha256,
            source=download.source.repo,
            failed=partial(self.downloads.refuse, download.id),
        )


def _done(_place: Place) -> None:
    """Nobody waits to hear it."""


def _log(what: str, error: NextwordError) -> None:
    _LOG.warning("%s: %r", what, error)
