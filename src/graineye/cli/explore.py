"""`graineye explore`: linked views of a result, or of a scan that is mapped first, in the browser."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from graineye.cli.flags import NO_FLAGS, SettingsFlags, settings_of
from graineye.settings import Opening


def explore(
    path: Path,
    *,
    port: int = 0,
    no_browser: bool = False,
    allow: list[str] = [],  # noqa: B006  cyclopts reads the default
    classic: bool = False,
    config: Path | None = None,
    cpus: int | None = None,
    opening: Annotated[Opening, Parameter(name="*", group="Reading a scan")] = Opening(),  # noqa: B008
    settings: SettingsFlags = NO_FLAGS,
) -> None:
    """Open linked views of a result in the browser: map, diffraction, dendrogram, boundaries, table; end it with Ctrl-C.

    Parameters
    ----------
    path
        NAME.crystallites.emd, or a scan, which is mapped first while the page shows how far it is.
    port
        To listen on; 0 for any that is free.
    no_browser
        Only print the address.
    allow
        Name or address of this machine by which other hosts may reach it, with the token that is printed; by default
        only this machine can.
    classic
        Of a scan: take the published method's settings.
    config
        Of a scan: TOML file of settings; flags override it.
    cpus
        Of a scan: threads that read frames; one a core by default.
    """
    from graineye.explorer.serving import place_for

    place = place_for(port, allow)
    chosen = settings_of(settings, config, classic)
    from graineye.caches import use_writable_caches

    use_writable_caches()
    from graineye.explorer.opening import shop_for
    from graineye.explorer.page import Page, prepare
    from graineye.explorer.serving import server_for
    from graineye.figures.saving import choose_backend

    choose_backend(window=False)
    shop = shop_for(path, chosen, cpus, opening)
    prepare(notebook=False)
    server = server_for(lambda: Page(shop).layout, place, f"{path.name} - graineye")
    url = place.url(server.port)
    print(f"explorer: {url}", flush=True)
    server.start()
    if not no_browser:
        import webbrowser

        webbrowser.open(url)
    if shop.mapping is not None:
        shop.mapping.start()
    server.io_loop.start()  # until Ctrl-C
    if shop.desk is None:
        raise KeyboardInterrupt  # nothing was seen yet
    if shop.desk.state.unsaved:
        print("note: the last edits were not saved", file=sys.stderr)
