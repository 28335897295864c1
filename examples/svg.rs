//! A picture of a terminal: what `tmux capture-pane -e -p` wrote, read from standard input, as SVG on standard output.
//!
//! ```sh
//! tmux capture-pane -e -p | cargo run --example svg > screen.svg
//! ```
//!
//! Looks are those of SGR (ECMA-48, 8.3.117) with xterm's 256 colours; everything else that begins with an escape is left out.
//! Bars are drawn, not written: letters of most fonts leave gaps between them.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use unicode_width::UnicodeWidthChar;

/// A cell, the letters in it and the room around the screen, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const LETTERS: f64 = 14.0;
const MARGIN: f64 = 10.0;
const FOREGROUND: Colour = Colour(0xd0, 0xd0, 0xd0);
const BACKGROUND: Colour = Colour(0x16, 0x18, 0x1d);
/// xterm's first sixteen.
const SIXTEEN: [u32; 16] = [
    0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f,
    0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
];

#[derive(Clone, Copy, PartialEq)]
struct Colour(u8, u8, u8);

#[derive(Clone, Copy, Default, PartialEq)]
struct Look {
    front: Option<Colour>,
    back: Option<Colour>,
    bold: bool,
    underlined: bool,
    reversed: bool,
}

/// Neighbours that look the same.
struct Run {
    column: usize,
    columns: usize,
    text: String,
    look: Look,
}

fn main() -> anyhow::Result<()> {
    let mut screen = String::new();
    std::io::stdin().read_to_string(&mut screen)?;
    let mut look = Look::default();
    let rows: Vec<Vec<Run>> = screen.lines().map(|line| row(line, &mut look)).collect();
    let columns = rows.iter().flatten().map(|run| run.column + run.columns).max().unwrap_or(0);
    std::io::stdout().write_all(picture(&rows, columns)?.as_bytes())?;
    Ok(())
}

fn row(line: &str, look: &mut Look) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut column = 0;
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        if character == '\x1b' {
            let sequence: String =
                rest.by_ref().take_while(|character| !character.is_ascii_alphabetic()).collect();
            // `take_while` takes the letter, too: of what tmux writes only SGR has parameters in brackets.
            if let Some(parameters) = sequence.strip_prefix('[') {
                change(look, parameters);
            }
            continue;
        }
        let width = character.width().unwrap_or(0);
        match runs.last_mut() {
            // Bars of one height are drawn as one.
            Some(run)
                if run.look == *look && eighths(&run.text) == eighths(character.encode_utf8(&mut [0; 4])) =>
            {
                run.text.push(character);
                run.columns += width;
            }
            _ => runs.push(Run { column, columns: width, text: character.into(), look: *look }),
        }
        column += width;
    }
    runs
}

/// Select graphic rendition.
fn change(look: &mut Look, parameters: &str) {
    let mut numbers = parameters.split([';', ':']).map(|number| number.parse::<u8>().unwrap_or(0));
    while let Some(number) = numbers.next() {
        match number {
            0 => *look = Look::default(),
            1 => look.bold = true,
            4 => look.underlined = true,
            7 => look.reversed = true,
            22 => look.bold = false,
            24 => look.underlined = false,
            27 => look.reversed = false,
            30..=37 => look.front = Some(indexed(number - 30)),
            90..=97 => look.front = Some(indexed(number - 90 + 8)),
            40..=47 => look.back = Some(indexed(number - 40)),
            100..=107 => look.back = Some(indexed(number - 100 + 8)),
            38 => look.front = extended(&mut numbers),
            48 => look.back = extended(&mut numbers),
            39 => look.front = None,
            49 => look.back = None,
            _ => {}
        }
    }
}

/// `5;N` or `2;R;G;B`.
fn extended(numbers: &mut impl Iterator<Item = u8>) -> Option<Colour> {
    match numbers.next()? {
        5 => numbers.next().map(indexed),
        2 => Some(Colour(numbers.next()?, numbers.next()?, numbers.next()?)),
        _ => None,
    }
}

/// One of 256: sixteen, a cube of six levels, and greys.
fn indexed(number: u8) -> Colour {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match number {
        0..16 => {
            let [_, red, green, blue] = SIXTEEN[usize::from(number)].to_be_bytes();
            Colour(red, green, blue)
        }
        16..232 => {
            let cube = number - 16;
            Colour(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232.. => Colour(8 + 10 * (number - 232), 8 + 10 * (number - 232), 8 + 10 * (number - 232)),
    }
}

/// How much of its cell a bar fills, from below; `None`: it is a text.
fn eighths(text: &str) -> Option<u32> {
    text.chars()
        .next()
        .filter(|first| matches!(first, '\u{2581}'..='\u{2588}'))
        .map(|bar| u32::from(bar) - 0x2580)
}

fn picture(rows: &[Vec<Run>], columns: usize) -> Result<String, std::fmt::Error> {
    let (width, height) = (columns as f64 * CELL.0 + 2.0 * MARGIN, rows.len() as f64 * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{LETTERS}\" \
         shape-rendering=\"crispEdges\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n",
        BACKGROUND.hex()
    );
    for (number, row) in rows.iter().enumerate() {
        for run in row {
            draw(&mut svg, run, number as f64 * CELL.1 + MARGIN)?;
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn draw(svg: &mut String, run: &Run, y: f64) -> std::fmt::Result {
    let (mut front, mut back) = (run.look.front.unwrap_or(FOREGROUND), run.look.back.unwrap_or(BACKGROUND));
    if run.look.reversed {
        (front, back) = (back, front);
    }
    let (x, width) = (run.column as f64 * CELL.0 + MARGIN, run.columns as f64 * CELL.0);
    let mut area = |y: f64, height: f64, colour: Colour| {
        writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.2}\" width=\"{width:.1}\" height=\"{height:.2}\" fill=\"{}\"/>",
            colour.hex()
        )
    };
    if back != BACKGROUND {
        area(y, CELL.1, back)?;
    }
    if let Some(eighths) = eighths(&run.text) {
        let height = CELL.1 * f64::from(eighths) / 8.0;
        return area(y + CELL.1 - height, height, front);
    }
    let shown = run.text.trim_end();
    if shown.is_empty() {
        return Ok(());
    }
    let weight = if run.look.bold { " font-weight=\"bold\"" } else { "" };
    let line = if run.look.underlined { " text-decoration=\"underline\"" } else { "" };
    let columns: usize = shown.chars().filter_map(UnicodeWidthChar::width).sum();
    let (baseline, length) = (y + CELL.1 * 0.75, columns as f64 * CELL.0);
    let shown = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{baseline:.1}\" fill=\"{}\"{weight}{line} textLength=\"{length:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{shown}</text>",
        front.hex()
    )
}

impl Colour {
    fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
