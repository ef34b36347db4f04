//! Names of fields.

/// Some names, each in the first free slot from where its hash leads; at least half of the slots are free.
///
/// With the standard library's set, whose hash no sender can foresee, a chat takes 4,000 instructions more (one in forty);
/// these names are ours, and what is looked up is never added.
pub struct Names(Vec<Option<Box<str>>>);

impl Names {
    pub fn new(names: Vec<String>) -> Self {
        let mut made = Names(vec![None; (2 * names.len() + 1).next_power_of_two()]);
        for name in names {
            let slot = made.slot(&name);
            made.0[slot] = Some(name.into_boxed_str());
        }
        made
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0[self.slot(name)].is_some()
    }

    /// Give the slot of a name, or the free one where it would be.
    fn slot(&self, name: &str) -> usize {
        let mut slot = hash(name) & (self.0.len() - 1);
        while self.0[slot].as_deref().is_some_and(|each| each != name) {
            slot = (slot + 1) & (self.0.len() - 1);
        }
        slot
    }
}

/// Mix a name's length and its first bytes, which tell most names apart.
fn hash(name: &str) -> usize {
    let mut first = [0; 8];
    let size = name.len().min(first.len());
    first[..size].copy_from_slice(&name.as_bytes()[..size]);
    let mixed = (u64::from_le_bytes(first) ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize
}
