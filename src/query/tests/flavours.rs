use super::{Flavour, Limits, answer};

fn mysql(text: &str, expected: &str) {
    assert_eq!(
        answer(text, &Flavour::MYSQL, Limits::default()),
        expected,
        "{text}"
    );
}

fn oracle(text: &str, expected: &str) {
    assert_eq!(
        answer(text, &Flavour::ORACLE, Limits::default()),
        expected,
        "{text}"
    );
}

#[test]
fn mysql_mode() {
    mysql(
        "SELECT COUNT(*), Job_ID+1 FROM Jobs WHERE STATUS = 'RUNNING'",
        "COUNT(*),Job_ID+1|2,3",
    );
    mysql(
        "SELECT DISTINCT 'a,b' , (1+1)*2 -- x\n FROM dual",
        "a,b,(1+1)*2|a,b,4",
    );
    mysql(
        "SELECT 7/2, 1/3, 1/0, 7 DIV 2, 7 % 4, '3' + 4, '2x' * 2",
        "7/2,1/3,1/0,7 DIV 2,7 % 4,'3' + 4,'2x' * 2|3.5000,0.3333,NULL,3,3,7,4",
    );
    mysql(
        "SELECT job_id FROM jobs ORDER BY job_id LIMIT 1, 2",
        "job_id|2|3",
    );
    mysql(
        "SELECT job_id FROM jobs WHERE job_id = '3' OR status = 0 AND job_id < 2",
        "job_id|1|3",
    );
    mysql(
        "SELECT IF(1 > 2, 'a', \"b\"), IFNULL(NULL, 1), NULL <=> NULL, 1 XOR 1",
        "IF(1 > 2, 'a', \"b\"),IFNULL(NULL, 1),NULL <=> NULL,1 XOR 1|b,1,true,false",
    );
    mysql(
        "SELECT user_name, job_id FROM jobs GROUP BY user_name",
        "user_name,job_id|root,1|maxroach,3|testuser,5",
    );
    mysql(
        "SELECT status, COUNT(*) c FROM jobs GROUP BY status HAVING c > 1",
        "status,c|running,2",
    );
    mysql(
        "SELECT GROUP_CONCAT(job_id ORDER BY job_id DESC SEPARATOR '-') g FROM jobs",
        "g|5-4-3-2-1",
    );
    mysql(
        "SELECT TIMESTAMPDIFF(SECOND, created, now()) s FROM jobs WHERE job_id = 5",
        "s|299",
    );
    mysql(
        "SELECT DATE_FORMAT(created, '%Y-%m-%d %H:%i') d FROM jobs WHERE job_id = 2",
        "d|2026-11-20 09:30",
    );
    mysql(
        "SELECT now() n, now(6) m, DATE_SUB('2026-03-31', INTERVAL 1 MONTH) d",
        "n,m,d|2026-11-20 10:00:00,2026-11-20 10:00:00.123456,2026-02-28 00:00:00",
    );
    mysql(
        "SELECT job_id FROM jobs WHERE created > now() - INTERVAL 15 MINUTE",
        "job_id|4|5",
    );
    mysql("SELECT @@autocommit, @x", "@@autocommit,@x|1,NULL");
    mysql(
        "SELECT @@nope",
        "error: UnknownVariable { name: \"nope\" } at @@nope",
    );
    mysql("SELECT 1 FROM (SELECT 1)", "error: DerivedNeedsAlias");
    mysql(
        "SELECT 'A' || NULL, 'a' LIKE 'A'",
        "'A' || NULL,'a' LIKE 'A'|NULL,true",
    );
    mysql(
        "SELECT nope FROM jobs",
        "error: UnknownColumn { name: \"nope\", clause: Select } at nope",
    );
    mysql("SELECT 1::int", "error: Unsupported { what: \"::\" }");
    mysql(
        "SELECT scn_to_timestamp(1658739252505427433) t",
        "t|2022-07-25 08:54:12.505427",
    );
    mysql(
        "SELECT CONCAT('a', NULL), SUBSTRING_INDEX('a/b/c', '/', -1), LENGTH('é')",
        "CONCAT('a', NULL),SUBSTRING_INDEX('a/b/c', '/', -1),LENGTH('é')|NULL,c,2",
    );
    mysql(
        "SELECT version(), database(), user()",
        "version(),database(),user()|CockroachDB v26.2,movr,root@%",
    );
}

#[test]
fn oracle_mode() {
    let upper = Flavour {
        names_ignore_case: true,
        ..Flavour::ORACLE
    };
    let check = |text: &str, expected: &str| {
        assert_eq!(answer(text, &upper, Limits::default()), expected, "{text}");
    };
    check("SELECT job_id FROM jobs WHERE ROWNUM <= 2", "JOB_ID|1|2");
    check(
        "SELECT ROWNUM, job_id FROM jobs WHERE job_id > 3",
        "ROWNUM,JOB_ID|1,4|2,5",
    );
    check(
        "SELECT job_id FROM jobs WHERE ROWNUM = 1 AND status = 'running'",
        "JOB_ID|2",
    );
    check("SELECT count(*) FROM jobs WHERE ROWNUM < 4", "COUNT(*)|3");
    check("SELECT count( * ), 'a b' FROM dual", "COUNT(*),'a b'|1,a b");
    check("SELECT * FROM dual", "DUMMY|X");
    check("SELECT 'a' || NULL || 'b' FROM dual", "'a'||NULL||'b'|ab");
    check(
        "SELECT NVL('', 'x'), NVL2(1, 'a', 'b'), DECODE(2, 1, 'one', 2, 'two', 'many') d FROM dual",
        "NVL('','x'),NVL2(1,'a','b'),D|x,a,two",
    );
    check(
        "SELECT job_id FROM jobs ORDER BY fraction_completed DESC FETCH FIRST 1 ROW ONLY",
        "JOB_ID|4",
    );
    check("SELECT SYSDATE - 1 d FROM dual", "D|2026-11-19");
    check(
        "SELECT TO_CHAR(SYSTIMESTAMP, 'YYYY-MM-DD') d FROM dual",
        "D|2026-11-20",
    );
    check(
        "SELECT LISTAGG(job_id, ',') WITHIN GROUP (ORDER BY job_id DESC) l FROM jobs",
        "L|5,4,3,2,1",
    );
    check(
        "SELECT 1 / 3, 1 / 4 FROM dual",
        "1/3,1/4|0.3333333333333333333333333333333333333,0.25",
    );
    check(
        "SELECT 1 FROM jobs LIMIT 1",
        "error: Unsupported { what: \"LIMIT\" }",
    );
    oracle("SELECT 1 / 0 FROM dual", "error: DivisionByZero");
}
