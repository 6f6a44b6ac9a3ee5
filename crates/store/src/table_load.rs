//! What our tables weigh on the database: for whoever watches it. Two cheap questions about its own
//! lists; no table of ours is read.

use crate::{Fault, Store, storage::Disk};

/// What our tables weigh on the database. Absent is what its user may not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableLoad {
    /// Active parts of all our tables.
    pub parts: Option<u64>,
    /// Active parts of the partition that has most. Inserts into one are slowed from 1,000 on and refused
    /// from 3,000 on, unless the server is configured otherwise.
    pub most_parts_of_a_partition: Option<u64>,
    /// The disk that tickets are on.
    pub disk: Option<Disk>,
}

impl Store {
    /// What our tables weigh on the database now.
    pub async fn table_load(&self) -> Result<TableLoad, Fault> {
        let sql = "SELECT sum(parts), max(parts) FROM (SELECT count() AS parts FROM system.parts \
                   WHERE database = {database:String} AND active GROUP BY table, partition_id)";
        let query = self.sql(sql).param("database", &*self.tables);
        let told = self.in_time_if_told(query.fetch_one::<(u64, u64)>()).await?;
        // Where parts are not to be seen, their bytes are not either.
        let Some((parts, most)) = told else { return Ok(TableLoad::default()) };
        let disk = self.disk_if_told().await?;
        Ok(TableLoad { parts: Some(parts), most_parts_of_a_partition: Some(most), disk })
    }
}
