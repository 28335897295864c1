//! How following a log begins: at the position that was stored, or where it was asked for.

use std::path::PathBuf;

use super::super::super::find::cannot;
use super::super::From;
use super::super::candidate::Candidate;
use super::super::content::Content;
use super::super::position::{At, Identity, Place, Position};
use super::super::world::World;
use super::Series;
use super::search::lies_in;

impl Series {
    /// Begins: at the position that was stored, or where it was asked for.
    pub(super) fn start(
        &mut self,
        listed: &[PathBuf],
        from: From,
        position: Option<Position>,
        world: &mut World,
    ) {
        let now = world.now();
        let mut candidates = Self::candidates(listed.to_vec(), world);
        let asked: Vec<Identity> = candidates.iter().map(|candidate| candidate.identity).collect();
        for sibling in self.siblings(world) {
            if !asked.contains(&sibling.identity) {
                candidates.push(sibling);
            }
        }
        let places = match position.map(|position| position.at) {
            Some(At::Files(places)) => Some(places),
            _ => None,
        };
        let resumed = places.is_some();
        if resumed {
            candidates.sort_by_cached_key(Candidate::age);
        } else {
            // Archives may have been copied: their names say more than when they were written.
            candidates.sort_by_cached_key(|candidate| {
                let (modified, age) = candidate.age();
                (age, modified)
            });
        }
        let mut newest = None;
        let mut places: Vec<(Place, Option<usize>)> =
            places.unwrap_or_default().into_iter().map(|place| (place, None)).collect();
        for by_identity in [true, false] {
            for at in 0..places.len() {
                let taken: Vec<usize> = places.iter().filter_map(|(_, taken)| *taken).collect();
                let Some((place, found @ None)) = places.get_mut(at) else { continue };
                let same = |(index, candidate): &(usize, &Candidate)| {
                    let begins = place.head.begins(&candidate.head);
                    !taken.contains(index)
                        && if by_identity {
                            place.identity == candidate.identity && (begins || place.head.is_empty())
                        } else {
                            begins
                        }
                };
                *found = candidates.iter().enumerate().rfind(same).map(|(index, _)| index);
            }
        }
        for (place, found) in &places {
            match found {
                Some(index) => newest = newest.max(candidates.get(*index).map(Candidate::age)),
                None if !place.head.is_empty() => world.tell(
                    &self.name,
                    "the file that was read last is gone: what was written to it since is lost".to_owned(),
                    true,
                ),
                None => {}
            }
        }
        self.places = self.places();
        self.awaited = asked.is_empty();
        let last_known = places.iter().map(|(place, _)| place.modified).max();
        for (index, candidate) in candidates.into_iter().enumerate() {
            let listed = asked.contains(&candidate.identity);
            let is_main = self.main.contains(&candidate.path);
            let rotated = lies_in(&self.places, &candidate.path);
            let newer = match &newest {
                Some(newest) => candidate.age() > *newest,
                None => last_known.is_some_and(|known| candidate.modified > known),
            };
            let place = places.iter().find(|(_, found)| *found == Some(index)).map(|(place, _)| place);
            let whole = match from {
                _ if resumed => is_main || newer && (listed || rotated),
                From::Start => listed,
                From::End => false,
            };
            let cut = place.filter(|place| {
                let bytes = place.mark.as_ref().map_or(0, |mark| mark.bytes);
                !candidate.packed && candidate.size < bytes
            });
            let (size, broken) = (candidate.size, candidate.broken);
            let mut content = Content::new(candidate, now);
            content.listed = listed;
            if !self.main.is_empty() && !is_main && (place.is_some() || whole) {
                content.replaced = Some(now);
            }
            if let Some(place) = place {
                content.mark.clone_from(&place.mark);
                content.wanted_from = place.wanted_from;
                if cut.is_some()
                    && let Err(error) = content.cut(size)
                {
                    world.tell(&content.path.to_string_lossy(), cannot("read", &error), true);
                }
            } else if !whole || broken {
                // Known from now on; what is appended to it is read.
                content.pass_over();
                if !is_main || content.packed {
                    content = content.known();
                }
            }
            self.contents.push(content);
        }
        self.limit_open();
    }
}
