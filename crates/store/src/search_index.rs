//! The index of the words in traces. It is made by merges, not by inserts (`insert.rs`), so that no
//! sender waits for it; the newest rows, which no merge has seen yet, are read instead. What was
//! stored before there was an index gets it in the background.

use crate::{Fault, Store, search::text_expression};

/// The index's name.
pub(crate) const SEARCH_INDEX: &str = "said";

impl Store {
    /// Has the table the index, or none, as it is configured.
    pub(crate) async fn set_search_index(&self) -> Result<(), Fault> {
        let sql = "SELECT count() FROM system.data_skipping_indices \
                   WHERE database = {database:String} AND table = 'tickets' AND name = {name:String}";
        let query = self.sql(sql).param("database", &*self.tables).param("name", SEARCH_INDEX);
        let is_there = self.in_time(query.fetch_one::<u64>()).await? > 0;
        match (is_there, self.config.search_index) {
            (false, true) => {
                let text = text_expression();
                self.run(&format!(
                    "ALTER TABLE {{store}}.tickets {{on_cluster}} ADD INDEX IF NOT EXISTS \
                     {SEARCH_INDEX} {text} TYPE text(tokenizer = 'splitByNonAlpha')"
                ))
                .await?;
                self.run(&format!(
                    "ALTER TABLE {{store}}.tickets {{on_cluster}} MATERIALIZE INDEX {SEARCH_INDEX} \
                     SETTINGS mutations_sync = 0"
                ))
                .await
            }
            (true, false) => {
                self.run(&format!(
                    "ALTER TABLE {{store}}.tickets {{on_cluster}} DROP INDEX IF EXISTS \
                     {SEARCH_INDEX} SETTINGS mutations_sync = 0"
                ))
                .await
            }
            _ => Ok(()),
        }
    }
}
