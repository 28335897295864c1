//! Bars over a time axis.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::scene::put;
use super::theme::Signs;

/// `values` in `width` columns: the greatest of those that share a column, so that no peak is lost; a value that has
/// several columns fills them.
pub(super) fn columns(values: &[u64], width: usize) -> Vec<u64> {
    if values.is_empty() {
        return Vec::new();
    }
    let part = |column: usize| column * values.len() / width.max(1);
    let greatest = |column| {
        let (from, to) = (part(column), part(column + 1).max(part(column) + 1));
        values.get(from..to.min(values.len())).and_then(|values| values.iter().max()).copied().unwrap_or(0)
    };
    (0..width).map(greatest).collect()
}

/// Draws `heights`, the greatest of which is as high as `area`. What is not zero is seen.
pub(super) fn draw(heights: &[u64], signs: &Signs, style: Style, area: Rect, buffer: &mut Buffer) {
    let most = heights.iter().max().copied().unwrap_or(0).max(1);
    let steps = u64::from(area.height) * 8;
    let full = |height: u64| {
        let level = u128::from(height) * u128::from(steps) / u128::from(most);
        (level as u64).max(u64::from(height > 0))
    };
    let levels: Vec<u64> = heights.iter().map(|&height| full(height)).collect();
    for row in 0..area.height {
        let below = u64::from(area.height - 1 - row) * 8;
        let bars = levels.iter().map(|level| signs.levels[level.saturating_sub(below).min(8) as usize]);
        put(buffer, area, row, Line::styled(bars.collect::<String>(), style));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peak_is_lost_and_few_values_fill_the_width() {
        assert_eq!(columns(&[1, 9, 2, 3], 2), [9, 3]);
        assert_eq!(columns(&[1, 2], 4), [1, 1, 2, 2]);
        assert_eq!(columns(&[], 4), [0_u64; 0]);
        assert_eq!(columns(&[1, 2], 0), [0_u64; 0]);
    }

    #[test]
    fn the_greatest_fills_the_height_and_one_is_seen() {
        let area = Rect::new(0, 0, 3, 2);
        let mut buffer = Buffer::empty(area);
        draw(&[0, 1, 1_000], &Signs::new(false), Style::new(), area, &mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["  █", " ▁█"]));
    }
}
