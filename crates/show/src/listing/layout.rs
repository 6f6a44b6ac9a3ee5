//! How wide each column of a listing is.

/// Between two columns.
pub const GAP: usize = 2;
/// Columns that a shortened column keeps, while others can be left out instead.
const READABLE: usize = 10;
/// Columns that a column keeps which is shortened last: an id of the usual kinds.
const KEPT: usize = 36;
/// Columns it keeps where none can.
const LEAST: usize = 3;

/// How wide a listing may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Columns of a terminal.
    Columns(usize),
    /// A pipe, or `--wide`.
    Unlimited,
}

/// What a column would take.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Whether it is wanted at all.
    pub is_shown: bool,
    /// Whether none of its cells has a text.
    pub is_empty: bool,
    /// Columns of its widest cell, the heading among them.
    pub widest: usize,
    /// Columns of the heading.
    pub heading: usize,
    /// Whether it is shortened last.
    pub is_kept: bool,
    /// Whether it may be left out, and when.
    pub drop_at: Option<u8>,
}

impl Need {
    fn readable(&self) -> usize {
        if self.is_kept {
            self.widest.min(KEPT)
        } else {
            self.widest.min(READABLE.max(self.heading))
        }
    }
}

/// The width of each column; `None` for one that is left out.
pub fn widths(needs: &[Need], room: Room) -> Vec<Option<usize>> {
    let mut shown: Vec<usize> = (0..needs.len()).filter(|n| needs[*n].is_shown).collect();
    let mut widths = vec![None; needs.len()];
    let Room::Columns(room) = room else {
        shown.iter().for_each(|n| widths[*n] = Some(needs[*n].widest));
        return widths;
    };
    loop {
        let gaps = GAP * shown.len().saturating_sub(1);
        let room = room.saturating_sub(gaps);
        let least = |floor: &dyn Fn(&Need) -> usize| shown.iter().map(|n| floor(&needs[*n])).sum();
        let readable: usize = least(&Need::readable);
        let possible: usize = least(&|need| need.widest.min(LEAST));
        let next = shown.iter().copied().filter(|n| needs[*n].drop_at.is_some());
        let next = next.min_by_key(|n| (!needs[*n].is_empty, needs[*n].drop_at));
        let floor: fn(&Need) -> usize = match next {
            _ if readable <= room => Need::readable,
            Some(dropped) => {
                shown.retain(|n| *n != dropped);
                continue;
            }
            None if possible <= room || shown.len() < 2 => |need| need.widest.min(LEAST),
            None => {
                shown.pop();
                continue;
            }
        };
        for (n, width) in shown.iter().zip(shortened(&shown, needs, floor, room)) {
            widths[*n] = Some(width);
        }
        return widths;
    }
}

/// The columns' widths, the widest shortened first, until they fit or are all at their floors.
fn shortened(
    shown: &[usize],
    needs: &[Need],
    floor: fn(&Need) -> usize,
    room: usize,
) -> Vec<usize> {
    let floors: Vec<_> = shown.iter().map(|n| floor(&needs[*n]).min(room)).collect();
    // No column needs more than there is.
    let mut widths: Vec<_> = shown.iter().map(|n| needs[*n].widest.min(room)).collect();
    while widths.iter().sum::<usize>() > room {
        let above = (0..widths.len()).filter(|n| widths[*n] > floors[*n]);
        let Some(widest) = above.max_by_key(|n| widths[*n]) else { break };
        widths[widest] -= 1;
    }
    widths
}
