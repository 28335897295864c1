//! What things look like. Colour never says anything alone: a word or a sign says it, too.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

/// A set of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For dark backgrounds, 256 colours.
    #[default]
    Dark,
    /// For light backgrounds, 256 colours.
    Light,
    /// Black and white, and the strongest colours.
    HighContrast,
    /// Colours that people tell apart whatever colours they see: the palette of Okabe and Ito, nearest of 256.
    ColourBlind,
    /// The sixteen colours that the terminal itself defines.
    Sixteen,
}

impl Theme {
    /// Every theme, with the name that options and settings use.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Dark, "dark"),
        (Self::Light, "light"),
        (Self::HighContrast, "high-contrast"),
        (Self::ColourBlind, "colour-blind"),
        (Self::Sixteen, "16"),
    ];
}

impl FromStr for Theme {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|&(theme, _)| theme).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|&(_, name)| name).collect();
            format!("`{name}` is no theme; use one of {}", names.join(", "))
        })
    }
}

/// What a stretch of text is, which decides its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Role {
    #[default]
    Text,
    /// Beside the point: labels, old rows.
    Quiet,
    /// Headings and the pane that is open.
    Title,
    /// Addresses and keys: what may be followed or pressed.
    Accent,
    Good,
    Warning,
    Alarm,
    /// The selected row.
    Selected,
    /// The status line.
    Bar,
    /// What must not be overlooked: PAUSED.
    Badge,
    /// Where a filter found its text.
    Match,
}

/// The styles of a theme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    theme: Theme,
    colour: bool,
}

impl Palette {
    pub(super) fn new(theme: Theme, colour: bool) -> Self {
        Self { theme, colour }
    }

    pub(super) fn style(self, role: Role) -> Style {
        if self.colour { self.coloured(role) } else { plain(role) }
    }

    fn coloured(self, role: Role) -> Style {
        let fg = |colour| Style::new().fg(colour);
        let [quiet, title, accent, good, warning, alarm] = self.foregrounds();
        let (selected, bar) = self.backgrounds();
        match role {
            Role::Text => Style::new(),
            Role::Quiet => fg(quiet),
            Role::Title => fg(title).add_modifier(Modifier::BOLD),
            Role::Accent => fg(accent),
            Role::Good => fg(good),
            Role::Warning => fg(warning),
            Role::Alarm => fg(alarm).add_modifier(Modifier::BOLD),
            Role::Selected => selected.add_modifier(Modifier::BOLD),
            Role::Bar => bar,
            Role::Badge => fg(warning).add_modifier(Modifier::BOLD | Modifier::REVERSED),
            Role::Match => fg(warning).add_modifier(Modifier::REVERSED),
        }
    }

    /// Quiet, title, accent, good, warning, alarm.
    fn foregrounds(self) -> [Color; 6] {
        let indexed = |colours: [u8; 6]| colours.map(Color::Indexed);
        match self.theme {
            Theme::Dark => indexed([245, 255, 110, 114, 221, 203]),
            Theme::Light => indexed([242, 16, 25, 28, 130, 160]),
            Theme::HighContrast => [
                Color::White,
                Color::White,
                Color::LightCyan,
                Color::LightGreen,
                Color::LightYellow,
                Color::LightRed,
            ],
            // Sky blue, bluish green, yellow and vermilion differ in lightness, too.
            Theme::ColourBlind => indexed([246, 255, 74, 36, 227, 208]),
            Theme::Sixteen => {
                [Color::DarkGray, Color::Reset, Color::Cyan, Color::Green, Color::Yellow, Color::Red]
            }
        }
    }

    /// The selected row, the status line.
    fn backgrounds(self) -> (Style, Style) {
        let on = |fg, bg| Style::new().fg(Color::Indexed(fg)).bg(Color::Indexed(bg));
        let black_on = |bg| Style::new().fg(Color::Black).bg(bg);
        match self.theme {
            Theme::Dark | Theme::ColourBlind => (Style::new().bg(Color::Indexed(238)), on(252, 236)),
            Theme::Light => (Style::new().bg(Color::Indexed(253)), on(235, 252)),
            Theme::HighContrast => (black_on(Color::LightCyan), black_on(Color::White)),
            Theme::Sixteen => (black_on(Color::Cyan), black_on(Color::Gray)),
        }
    }
}

/// Without colour (<https://no-color.org>) weight and reversal remain.
fn plain(role: Role) -> Style {
    if role == Role::Selected {
        // One even bar, whatever its cells are.
        let others = Modifier::DIM.union(Modifier::UNDERLINED);
        return Style::new().add_modifier(Modifier::REVERSED).remove_modifier(others);
    }
    let modifier = match role {
        Role::Text | Role::Good | Role::Accent => Modifier::empty(),
        Role::Quiet => Modifier::DIM,
        Role::Title | Role::Warning => Modifier::BOLD,
        Role::Alarm => Modifier::BOLD.union(Modifier::UNDERLINED),
        Role::Bar | Role::Match | Role::Selected => Modifier::REVERSED,
        Role::Badge => Modifier::REVERSED.union(Modifier::BOLD),
    };
    Style::new().add_modifier(modifier)
}

/// The signs that are drawn: a set that every terminal has, or the finer one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    /// From empty to full, for charts.
    pub(super) levels: [&'static str; 9],
    pub(super) cut: &'static str,
    pub(super) cursor: &'static str,
    pub(super) rule: &'static str,
    pub(super) bar: &'static str,
    pub(super) rising: &'static str,
    pub(super) falling: &'static str,
    /// On the time axis: an alert that is critical, a warning, information.
    pub(super) marks: [&'static str; 3],
    pub(super) arrow: &'static str,
}

impl Signs {
    pub(super) const fn new(ascii: bool) -> Self {
        if ascii {
            Self {
                levels: [" ", ".", ".", ":", ":", "|", "|", "#", "#"],
                cut: "~",
                cursor: ">",
                rule: "-",
                bar: "|",
                rising: "^",
                falling: "v",
                marks: ["X", "!", "i"],
                arrow: "->",
            }
        } else {
            Self {
                levels: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
                cut: "…",
                cursor: "▌",
                rule: "─",
                bar: "│",
                rising: "▲",
                falling: "▼",
                marks: ["◆", "▲", "•"],
                arrow: "→",
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_are_known_by_name_and_a_wrong_one_gets_the_list() {
        for &(theme, name) in Theme::ALL {
            assert_eq!(name.parse(), Ok(theme));
        }
        assert!("drak".parse::<Theme>().unwrap_err().contains("dark, light, high-contrast"));
    }

    #[test]
    fn without_colour_there_is_none_and_what_matters_still_stands_out() {
        for &(theme, _) in Theme::ALL {
            let palette = Palette::new(theme, false);
            for role in [Role::Alarm, Role::Warning, Role::Selected, Role::Badge, Role::Match, Role::Title] {
                let style = palette.style(role);
                assert_eq!((style.fg, style.bg), (None, None));
                assert_ne!(style.add_modifier, Modifier::empty(), "{role:?}");
            }
        }
    }
}
