"""The command line: options to API calls, results to output and exit code.

Exit codes: 0 clean, 1 findings, 2 could not do the job.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascheck.config import DEVICES, OUTPUT_FORMATS, ConfigError, ConfigFinder, Settings, keras_wanted
from kerascheck.fix_job import FixJob

if TYPE_CHECKING:
    from kerascheck.config import Generation
    from kerascheck.engine import Report
    from kerascheck.program import Program
    from kerascheck.registry import Rule
    from kerascheck.statistics import Statistics

CLEAN, FINDINGS, FAILED = 0, 1, 2
INTERRUPTED = 130

COMMANDS = {
    "check": "check files and folders; the word may be left out",
    "graph": "print the models of a file: their layers, shapes and parameters",
    "annotate": "print a file with the shapes that its lines make beside them",
    "explain": "print what a rule is about",
    "rules": "list the rules",
    "trace": "run a model's code in a child process and check the live model",
    "compare": "hold the static graph of a file against its live models",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A file's name or text may hold what the terminal's encoding does not.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted; Python must not complain about the rest when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    except ConfigError as error:
        return _fail(str(error))
    except Exception as error:
        if os.environ.get("KERASCHECK_DEBUG"):
            raise
        from kerascheck.engine import ISSUES

        return _fail(f"internal error: {type(error).__name__}: {error}; please report this at {ISSUES}")
    return code


def _dispatch(arguments: list[str]) -> int:
    command = arguments.pop(0) if arguments and arguments[0] in COMMANDS else "check"
    match command:
        case "graph":
            return _graph(arguments)
        case "annotate":
            return _annotate(arguments)
        case "explain":
            return _explain(arguments)
        case "rules":
            return _rules(arguments)
        case "trace":
            return _trace(arguments)
        case "compare":
            return _compare(arguments)
        case _:
            return _check(arguments)


def _check(arguments: list[str]) -> int:
    options = _check_parser().parse_args(arguments)
    if options.version:
        print(f"kerascheck {_version()}")
        return CLEAN
    config = ConfigFinder(_overrides(options))
    paths: list[str] = options.paths or ["."]
    reads_input = paths == ["-"]
    shown = config.for_file(options.stdin_filename or "stdin") if reads_input else _settings_of(paths[0], config)
    if options.show_settings:
        from kerascheck.config import describe

        print(describe(shown))
        print(_keras_meant(options.stdin_filename or "<stdin>" if reads_input else paths[0], shown))
        return CLEAN
    errors: list[str] = []
    counted = _statistics() if options.statistics else None
    from kerascheck.engine import Tools

    tools = Tools(statistics=counted)
    if reads_input:
        from kerascheck.engine import check_text

        job = FixJob(options, config, tools, (options.stdin_filename or "<stdin>",), sys.stdin.buffer.read())
        report = check_text(job.text or b"", job.files[0], shown, tools)
    else:
        from kerascheck.discovery import discover
        from kerascheck.engine import check_files

        found = discover(paths, config)
        errors = found.errors
        for error in errors:
            hint = _command_hint(error, paths)
            print(f"error: {error}{hint}", file=sys.stderr)
        for path in found.empty:
            print(f"warning: no Python files found under {path}", file=sys.stderr)
        report = check_files(found.files, config, tools)
        job = FixJob(options, config, tools, tuple(found.files))
    if options.diff:
        return job.show_differences(report, failed=bool(errors))
    if options.fix:
        report = job.make(report)
        errors += job.errors
    return show(report, shown, options, failed=bool(errors), statistics=counted, job=job)


def _statistics() -> Statistics:
    from kerascheck.statistics import Statistics

    return Statistics()


def _keras_meant(path: str, settings: Settings) -> str:
    """The Keras meant in a file or folder, and what says so, as a comment."""
    from kerascheck.interpreter.generation import keras_meant
    from kerascheck.source import SourceError, read_source

    tree = None
    if Path(path).is_dir():
        # As for a file in it, of which nothing is known.
        path = str(Path(path) / "model.py")
    elif not path.startswith("<"):
        try:
            tree = read_source(path).tree
        except SourceError:
            tree = None
    meant = keras_meant(tree, path, settings)
    version = f" ({meant.version})" if meant.version else ""
    old = ", TensorFlow 1" if meant.tensorflow == 1 else ""
    return f"# Keras {meant.generation}{version}{old}: {meant.why}"


def _settings_of(path: str, config: ConfigFinder) -> Settings:
    return config.for_folder(Path(path).absolute()) if Path(path).is_dir() else config.for_file(path)


def _command_hint(error: str, paths: list[str]) -> str:
    """What to say where a command's name was taken for a file's."""
    named = next((path for path in paths if path in COMMANDS and error.startswith(f"{path}:")), None)
    return "" if named is None else f"; the command goes first: kerascheck {named} ..."


def show(
    report: Report,
    settings: Settings,
    options: argparse.Namespace,
    *,
    failed: bool = False,
    listed: bool = True,
    statistics: Statistics | None = None,
    job: FixJob | None = None,
) -> int:
    """Print a report on stdout, unless not ``listed``, and its summary on stderr; returns the exit code.

    ``statistics`` go to stderr, too, or into the JSON; so do the findings where a ``job`` wrote a text on stdout.
    """
    from kerascheck.report import render
    from kerascheck.report.style import none_fixable, wants_color
    from kerascheck.report.summary import summary, unknown_notes

    if listed:
        stream = sys.stderr if job is not None and job.printed else sys.stdout
        text = render(
            settings.output_format,
            report.diagnostics,
            report.sources,
            color=wants_color(options.color, stream, os.environ),
            statistics=statistics,
            fixable=none_fixable if job is None else job.is_fixable,
        )
        stream.write(text)
    sys.stdout.flush()
    if settings.show_unknown:
        sys.stderr.write(unknown_notes(report))
    if statistics is not None and settings.output_format != "json":
        from kerascheck.report.statistics import render_statistics

        sys.stderr.write(render_statistics(statistics))
    if not options.quiet and (report.checked or report.diagnostics):
        fixes = None if job is None else job.told(report)
        print(summary(report, show_unknown=settings.show_unknown, fixes=fixes), file=sys.stderr)
    if failed or report.failed:
        return FAILED
    return FINDINGS if report.diagnostics and not options.exit_zero else CLEAN


def _graph(arguments: list[str]) -> int:
    from kerascheck.report.graph_output import GRAPH_FORMATS, graph_format, render_graph

    parser = argparse.ArgumentParser("kerascheck graph", description=COMMANDS["graph"])
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--format", choices=GRAPH_FORMATS, help="default: what OUTPUT's name says, else text")
    parser.add_argument("-o", "--output", metavar="OUTPUT", help="the file to write, replacing what is there")
    _add_target_options(parser)
    options = parser.parse_args(arguments)
    settings = ConfigFinder(_overrides(options)).for_file(options.file)
    from kerascheck.api import build_graph
    from kerascheck.engine import Tools, check_program
    from kerascheck.source import SourceError

    wanted = graph_format(options.format, options.output) or "text"
    if told := no_page_for_terminals(wanted, options.output):
        return _fail(told)
    try:
        program = build_graph(Path(options.file), settings)
    except SourceError as error:
        from kerascheck.report.style import location

        return _fail(f"{location(error.span)}: {error.message}")
    report = check_program(program, settings, Tools(kind="static"))
    text = render_graph(wanted, program, report.diagnostics, report.sources)
    return print_graph(text, options.output, program) or CLEAN


def _annotate(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("kerascheck annotate", description=COMMANDS["annotate"])
    parser.add_argument("file", metavar="FILE", help="a .py file or a notebook")
    parser.add_argument("--color", choices=["auto", "always", "never"], default="auto", help="default: auto")
    _add_target_options(parser)
    options = parser.parse_args(arguments)
    settings = ConfigFinder(_overrides(options)).for_file(options.file)
    from kerascheck.engine import interpret
    from kerascheck.report.annotate import render_annotated
    from kerascheck.report.style import location, wants_color
    from kerascheck.source import SourceError, read_source

    try:
        source = read_source(options.file)
        program = interpret(source, settings)
    except SourceError as error:
        return _fail(f"{location(error.span)}: {error.message}")
    for broken in source.broken:
        print(f"warning: {location(broken.span)}: {broken.message}", file=sys.stderr)
    sys.stdout.write(render_annotated(program, source, color=wants_color(options.color, sys.stdout, os.environ)))
    return CLEAN


def no_page_for_terminals(wanted: str | None, output: str | None) -> str:
    """What to say where a page would be printed on a terminal; empty where it would not."""
    if wanted != "html" or output not in (None, "-") or not sys.stdout.isatty():
        return ""
    return "html is for a browser: name a file with -o, such as -o model.html"


def print_graph(text: str, output: str | None, program: Program) -> int:
    """Write a graph into the file ``output``, or on stdout where that is None or ``-``; returns the exit code."""
    from kerascheck.report.graph_output import STANDARD_OUTPUT, OutputError, write_graph

    if output in (None, STANDARD_OUTPUT):
        sys.stdout.write(text)
        return CLEAN
    assert output is not None
    try:
        write_graph(text, output, program)
    except OutputError as error:
        return _fail(str(error))
    print(f"wrote {output}", file=sys.stderr)
    return CLEAN


def _explain(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("kerascheck explain", description=COMMANDS["explain"])
    parser.add_argument("rule", metavar="CODE|NAME")
    wanted: str = parser.parse_args(arguments).rule
    from kerascheck.cards import CardError, CardIndex
    from kerascheck.registry import did_you_mean

    rules = _known_rules(wanted)
    rule = next((rule for rule in rules if wanted.upper() == rule.code or wanted.lower() == rule.name), None)
    if rule is None:
        words = [word for rule in rules for word in (rule.code, rule.name)]
        return _fail(f'there is no rule "{wanted}"{did_you_mean(wanted, words)}')
    try:
        card = CardIndex().of(rule)
    except CardError as error:
        return _fail(f"the card of {rule.code} cannot be read: {error}")
    if card is None:
        return _fail(f"{rule.code} ({rule.name}) has no card")
    sys.stdout.write(f"{card.body}\n{card.found_by}\n" if rule.module else card.body)
    return CLEAN


def _known_rules(wanted: str = "") -> tuple[Rule, ...]:
    """The rules there are, those of the plugins of this folder's configuration included.

    The configuration is not looked at where ``wanted`` is the code or name of one of kerascheck's own.
    """
    from kerascheck.registry import all_rules, plugin_rules

    own = all_rules()
    if any(wanted.upper() == rule.code or wanted.lower() == rule.name for rule in own):
        return own
    return own + plugin_rules(ConfigFinder().for_folder(Path.cwd()).plugins)


def _rules(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("kerascheck rules", description=COMMANDS["rules"])
    parser.add_argument("--format", choices=["text", "json"], default="text", help="default: text")
    options = parser.parse_args(arguments)
    from kerascheck.cards import CardError, CardIndex
    from kerascheck.report.rules import render_rules_json, render_rules_text

    index = CardIndex()
    try:
        rules = [(rule, index.of(rule)) for rule in _known_rules()]
    except CardError as error:
        return _fail(f"a card cannot be read: {error}")
    sys.stdout.write(render_rules_json(rules) if options.format == "json" else render_rules_text(rules))
    return CLEAN


def _trace(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("kerascheck trace", description=COMMANDS["trace"])
    try:
        from kerascheck.tracer import cli as tracer_cli
        from kerascheck.tracer.options import add_arguments
    except ImportError as error:
        return _fail(f"kerascheck trace is not available here: {error}")
    add_arguments(parser)
    _add_report_options(parser)
    options = parser.parse_args(arguments)
    code: int = tracer_cli.run(options)
    return code


def _compare(arguments: list[str]) -> int:
    from kerascheck.tracer import compare_cli

    parser = argparse.ArgumentParser("kerascheck compare")
    compare_cli.add_arguments(parser)
    _add_target_options(parser)
    options = parser.parse_args(arguments)
    return compare_cli.run(options, ConfigFinder(_overrides(options)).for_file(options.file))


def _check_parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:<10}{what}" for name, what in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "kerascheck",
        usage="kerascheck [check] [OPTIONS] [PATH ...]\n       kerascheck COMMAND --help",
        description="Check Keras and TensorFlow models without running them.",
        epilog=f"commands:\n{commands}\n\nexit codes: 0 clean, 1 findings, 2 could not do the job",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="a file, a folder, or - for standard input; default: this folder"
    )
    parser.add_argument("--stdin-filename", metavar="NAME", help="what standard input is called in findings")
    parser.add_argument("--show-settings", action="store_true", help="print the settings for the first PATH and exit")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="count what was understood and what was not, on standard error; with --output-format json in the JSON",
    )
    _add_report_options(parser)
    parser.add_argument("--fix", action="store_true", help="make the safe fixes in the files")
    parser.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: the unsafe ones, too")
    parser.add_argument("--diff", action="store_true", help="print what --fix would change, and change nothing")
    return parser


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that reports findings."""
    parser.add_argument("--output-format", choices=OUTPUT_FORMATS, help="default: full")
    rules = "codes, families (KC2), names or ALL, separated by commas"
    parser.add_argument("--select", metavar="RULES", action="append", type=_comma_separated, help=f"run only {rules}")
    parser.add_argument(
        "--extend-select", metavar="RULES", action="append", type=_comma_separated, help="run these too"
    )
    parser.add_argument("--ignore", metavar="RULES", action="append", type=_comma_separated, help="do not run these")
    _add_target_options(parser)
    parser.add_argument("--show-unknown", action="store_true", default=None, help="tell what was not understood")
    parser.add_argument("--exit-zero", action="store_true", help="exit 0 even if there are findings")
    parser.add_argument("--color", choices=["auto", "always", "never"], default="auto", help="default: auto")
    parser.add_argument("-q", "--quiet", action="store_true", help="leave out the summary")


def _add_target_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keras",
        type=_keras,
        metavar="{auto,2,3,3.x}",
        help="the Keras the code is written for; default: auto, which tells it by the file and its project",
    )
    parser.add_argument("--device", choices=DEVICES, help="what the code is to run on; default: auto")


def _keras(text: str) -> Generation | str:
    try:
        return keras_wanted(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"invalid choice: '{text}' (must be {error})") from None


def _comma_separated(text: str) -> tuple[str, ...]:
    return tuple(part for part in (each.strip() for each in text.split(",")) if part)


def _overrides(options: argparse.Namespace) -> dict[str, Any]:
    """The settings given on the command line, by field of :class:`Settings`."""
    given = vars(options)
    found: dict[str, Any] = {
        name: given[name] for name in ("device", "output_format", "show_unknown") if given.get(name) is not None
    }
    if options.keras is not None:
        found["keras"] = options.keras
    for name in ("select", "extend_select", "ignore"):
        if given.get(name) is not None:
            found[name] = tuple(each for part in given[name] for each in part)
    return found


def settings_for(options: argparse.Namespace, path: str) -> Settings:
    """The settings of a command that reports on one target.

    Raises:
        ConfigError: the configuration nearest to ``path``, or the command line, cannot be used.
    """
    return ConfigFinder(_overrides(options)).for_file(path)


def _fail(message: str) -> int:
    from kerascheck.report.style import one_line

    print(f"error: {one_line(message)}", file=sys.stderr)
    return FAILED


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kerascheck")
    except PackageNotFoundError:
        return "(not installed)"
