//! Destinations of backups and the files that lie there, and other artefacts of jobs.

use super::data::{Table, TableData};
use super::{JobIx, TenantIx, UnitRef};
use crate::base::Time;
use std::rc::Rc;

/// Index of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestIx(pub u16);

/// Index of a file; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIx(pub u32);

#[derive(Clone, Debug, Hash)]
pub struct Dest {
    /// The URI by which statements name it: `nodelocal://1/backup`.
    pub uri: Rc<str>,
    /// Bytes a second that all writers and readers together get.
    pub rate: u64,
    pub full: bool,
    pub unreachable: bool,
    pub(super) users: Users,
}

/// How many running units use a destination, so that nobody has to look at all units for it.
#[derive(Clone, Debug, Default, Hash)]
pub struct Users {
    pub(super) all: u64,
    /// By node; as long as the last node that had one.
    pub(super) on: Vec<u32>,
}

/// What a file is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileState {
    Writing,
    Complete,
    /// Its writer stopped before the end, or the set it belongs to was never finished.
    Incomplete,
    Deleting,
    /// Marked for deletion by whoever owns the store: for those who wrote it, whole or not, it is
    /// gone; its bytes stay.
    Tagged {
        whole: bool,
    },
}

impl Dest {
    /// One that is empty and idle.
    pub fn new(uri: Rc<str>, rate: u64) -> Dest {
        Dest {
            uri,
            rate,
            full: false,
            unreachable: false,
            users: Users::default(),
        }
    }
}

impl FileState {
    /// The word that `\files` prints.
    pub fn name(self) -> &'static str {
        match self {
            FileState::Writing => "writing",
            FileState::Complete => "complete",
            FileState::Incomplete => "incomplete",
            FileState::Deleting => "deleting",
            FileState::Tagged { .. } => "tagged",
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub struct File {
    pub dest: DestIx,
    /// Below the destination's URI.
    pub path: Rc<str>,
    /// What backup it belongs to: a set's name, a dated subdirectory; empty for none.
    pub group: Rc<str>,
    pub job: Option<JobIx>,
    pub state: FileState,
    /// Bytes when whole.
    pub size: u64,
    /// Bytes that lay there when the unit that writes or removes it, if any, began.
    pub held: u64,
    pub unit: Option<UnitRef>,
    pub created: Time,
    pub deleted: Option<Time>,
    /// What can be read back from it.
    pub content: Option<Rc<Image>>,
}

impl File {
    /// Whether those who wrote it still count on it: neither deleted nor tagged.
    pub fn counts(&self) -> bool {
        self.deleted.is_none() && !matches!(self.state, FileState::Tagged { .. })
    }
}

/// What a backup or an import file holds: a table as it was, and which of its rows.
#[derive(Clone, Debug, Hash)]
pub struct Image {
    pub table: Table,
    pub data: Rc<TableData>,
    pub as_of: Time,
    /// A row with this number or above cannot be read: an import fails there.
    pub broken_at: Option<u64>,
}

/// Index of an artefact; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtefactIx(pub u32);

/// Something that a job's work leaves and that is neither a file nor a range:
/// a descriptor, a protected timestamp.
#[derive(Clone, Debug, Hash)]
pub struct Artefact {
    pub tenant: TenantIx,
    /// The product's word: `protected timestamp`, `descriptor`.
    pub kind: &'static str,
    pub label: Rc<str>,
    pub job: Option<JobIx>,
    pub created: Time,
    pub removed: Option<Time>,
}
