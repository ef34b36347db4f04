"""Writing the reports of a run's folder. Several runners may do it at once: the last look decides."""

from fmops_serving.evaluate.folder import RunFolder, write_whole
from fmops_serving.results.junit import junit
from fmops_serving.results.pages import markdown, page, troubles
from fmops_serving.results.reading import RunResults, read_run


def write_reports(folder: RunFolder) -> None:
    """Write report.html and report.md of everything that is measured by now, and junit.xml where gates are decided.

    A candidate that was measured while this one wrote has written an older report, or is about to write a newer one:
    so look again, until nothing came meanwhile. Raises BadInput or SinkFailed.
    """
    run = read_run(folder.root)
    while True:
        _write(folder, run)
        now = read_run(folder.root)
        if now == run:
            return
        run = now


def _write(folder: RunFolder, run: RunResults) -> None:
    write_whole(folder.page, page(run).encode())
    write_whole(folder.markdown, markdown(run).encode())
    if run.status.gates or troubles(run):
        write_whole(folder.junit, junit(run.plan.run, run.status.gates, troubles(run)))
