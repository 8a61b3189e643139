"""What XLA makes of a program's steps, as a small text section."""

from __future__ import annotations

from kerascheck.program import CompiledStep, Program

UNITS = ("", "k", "M", "G", "T", "P")


def render_steps(program: Program) -> str:
    """One paragraph a compiled step: whether it lowers, its size, its work, its types, its dynamic sizes, its padding.

    Empty where nothing was lowered. ``flops`` are those of matrix products and convolutions; what is padded is told of
    arrays kept in the order of their dimensions, which XLA may change to pad less.
    """
    return "\n".join(line for step in program.steps for line in _lines(program, step))


def _lines(program: Program, step: CompiledStep) -> list[str]:
    owner = program.models[step.model].name if step.model is not None and step.model < len(program.models) else ""
    title = f"{owner}: {step.name}" if owner and step.name in ("inference", "training") else step.name
    if step.lowers is None:
        return [f"{title}: {step.message}"]
    if not step.lowers:
        where = f" ({step.refused.file}:{step.refused.line})" if step.refused is not None else ""
        return [f"{title}: does not lower: {step.message}{where}"]
    flops = "FLOPs unknown (a loop)" if step.flops is None else f"{_count(step.flops)}FLOPs"
    lines = [f"{title}: lowers to {step.instructions or 0:,} HLO instructions, {flops}, {', '.join(step.dtypes)}"]
    if step.dynamic:
        lines.append(f"  sizes that depend on values: {', '.join(step.dynamic)}")
    if step.bytes and step.padded:
        share = 1 - step.bytes / step.padded
        lines.append(
            f"  arrays of {_count(step.bytes)}B, {_count(step.padded)}B in a TPU's tiles of 8 by 128: "
            f"{share:.0%} padding"
        )
    return lines


def _count(number: float) -> str:
    """A number with its unit's prefix: ``1.5 G``."""
    value, power = float(number), 0
    while value >= 1000 and power < len(UNITS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.3g} {UNITS[power]}"
