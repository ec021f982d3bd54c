use super::rows;

#[test]
fn arithmetic() {
    rows(
        "SELECT 1 + 2 * 3 - 4, 7 / 2, 7 % 3, -7 % 3, 2.5 * 2",
        "3,3.5,1,-1,5.0",
    );
    rows(
        "SELECT 1 / 3, 10 / 4, 1.0 / 3.0, 2 / 3",
        "0.33333333333333333333,2.5,0.33333333333333333333,0.66666666666666666667",
    );
    rows(
        "SELECT fraction_completed * 100, fraction_completed + 0.5 FROM jobs WHERE job_id = 2",
        "50,1",
    );
    rows(
        "SELECT price * 2, price + id, price / 4 FROM prices WHERE id = 1",
        "21.00,11.50,2.625",
    );
    rows(
        "SELECT -9223372036854775808, 9223372036854775807",
        "-9223372036854775808,9223372036854775807",
    );
    rows("SELECT NULL + 1, -NULL::int, 5 & 3, 5 | 3", "NULL,NULL,1,7");
    rows(
        "SELECT round(2.567, 2), round(2.5), ceil(1.2), floor(-1.2), abs(-3), trunc(1.99), round(1234, -2)",
        "2.57,3,2,-2,3,1,1200",
    );
}

#[test]
fn logic_and_comparison() {
    rows(
        "SELECT NULL AND false, NULL OR true, NOT NULL, NULL AND true",
        "false,true,NULL,NULL",
    );
    rows(
        "SELECT 1 = 1.0, 2 > 1.5, 'a' < 'b', 1 <> 2, true = true",
        "true,true,true,true,true",
    );
    rows(
        "SELECT 1 IN (1, NULL), 2 IN (1, NULL), 2 NOT IN (1, 3), NULL IN (1)",
        "true,NULL,true,NULL",
    );
    rows(
        "SELECT 2 BETWEEN 1 AND 3, 2 NOT BETWEEN 3 AND 4, NULL IS NULL, 1 IS NOT NULL",
        "true,true,true,true",
    );
    rows(
        "SELECT NULL IS TRUE, false IS FALSE, NULL IS NOT TRUE, NULL IS UNKNOWN",
        "false,true,true,true",
    );
    rows(
        "SELECT NULL IS DISTINCT FROM 1, NULL IS NOT DISTINCT FROM NULL",
        "true,true",
    );
    rows(
        "SELECT job_id FROM jobs WHERE job_id = '3' OR created > '2026-11-20 09:54:00'",
        "3|5",
    );
    rows(
        "SELECT job_id FROM jobs WHERE status = ANY (ARRAY['paused', 'canceled']) AND job_id <> ALL ('{5,6}')",
        "4",
    );
    rows(
        "SELECT 'Backup' LIKE 'B%p', 'a_b' LIKE 'a\\_b', 'axb' LIKE 'a\\_b', 'ABC' ILIKE 'a_c', 'x' NOT LIKE '%y%'",
        "true,true,false,true,true",
    );
}

#[test]
fn branches_and_casts() {
    rows(
        "SELECT CASE WHEN job_id < 2 THEN 'low' WHEN job_id < 4 THEN 'mid' ELSE 'high' END FROM jobs LIMIT 4",
        "low|mid|mid|high",
    );
    rows(
        "SELECT CASE status WHEN 'running' THEN 1 END FROM jobs LIMIT 2",
        "NULL|1",
    );
    rows(
        "SELECT coalesce(fraction_completed, 0) FROM jobs WHERE job_id > 3",
        "0|0.125",
    );
    rows(
        "SELECT if(1 > 2, 'a', 'b'), ifnull(NULL, 3), nullif(1, 1), nullif(1, 2), greatest(1, 3, 2), least('b', 'a')",
        "b,3,NULL,1,3,a",
    );
    rows(
        "SELECT '12'::int + 1, 3.7::int, 1::text || 'x', 'true'::bool, '1.50'::decimal, '{1,2}'::int[], 1.005::decimal(10,2)",
        "13,4,1x,true,1.50,{1,2},1.01",
    );
    rows(
        "SELECT CAST('2026-01-02' AS timestamp), '1 hour'::interval, DATE '2026-01-02 03:04:05'",
        "2026-01-02 00:00:00,01:00:00,2026-01-02",
    );
    rows(
        "SELECT 1::string, true::string, 1.5::float, (1 = 1)::int",
        "1,true,1.5,1",
    );
}

#[test]
fn texts() {
    rows(
        "SELECT lower('AbC'), upper('é'), length('añb'), substr('hello', 2, 3), substring('hello' FROM 2 FOR 2), 'a' || 'b' || 'c'",
        "abc,É,3,ell,el,abc",
    );
    rows(
        "SELECT replace('a-b-c', '-', '+'), split_part('a.b.c', '.', 2), concat('x', NULL, 1), left('hello', 2), right('hello', 2), left('hello', -1)",
        "a+b+c,b,x1,he,lo,hell",
    );
    rows(
        "SELECT trim('  x '), trim(both 'x' from 'xxaxx'), lpad('7', 3, '0'), rpad('ab', 4), strpos('hello', 'l'), position('l' IN 'hello'), reverse('abc')",
        "x,a,007,ab  ,3,3,cba",
    );
    rows(
        "SELECT repeat('ab', 3), initcap('hello world'), concat_ws('-', 'a', NULL, 'b'), starts_with('abc', 'ab')",
        "ababab,Hello World,a-b,true",
    );
}

#[test]
fn moments() {
    rows(
        "SELECT now(), current_timestamp, now() - interval '1 hour', now() - '30m'",
        "2026-11-20 10:00:00.123456+00,2026-11-20 10:00:00.123456+00,2026-11-20 09:00:00.123456+00,2026-11-20 09:30:00.123456+00",
    );
    rows(
        "SELECT job_id FROM jobs WHERE created > now() - interval '15 minutes'",
        "4|5",
    );
    rows(
        "SELECT now() - created FROM jobs WHERE job_id = 1",
        "01:30:00",
    );
    rows("SELECT age(created) FROM jobs WHERE job_id = 4", "00:10:00");
    rows(
        "SELECT date_trunc('hour', created), extract(minute FROM created), extract(epoch FROM interval '90s') FROM jobs WHERE job_id = 2",
        "2026-11-20 09:00:00+00,30,90",
    );
    rows(
        "SELECT timestamp '2026-01-31 00:00:00' + interval '1 month', now() + '1 year 1 day'",
        "2026-02-28 00:00:00,2027-11-21 10:00:00.123456+00",
    );
    rows(
        "SELECT to_char(timestamp '2026-03-04 15:06:07', 'YYYY-MM-DD HH24:MI:SS'), extract(dow FROM timestamp '2026-11-20')",
        "2026-03-04 15:06:07,5",
    );
    rows(
        "SELECT interval '1h' * 2.5, interval '1h' / 2, interval '1h' + interval '5s', interval '90' minute",
        "02:30:00,00:30:00,01:00:05,01:30:00",
    );
    rows(
        "SELECT now() AT TIME ZONE 'UTC', to_timestamp(0), experimental_strftime(now(), '%Y/%m/%d')",
        "2026-11-20 10:00:00.123456,1970-01-01 00:00:00+00,2026/11/20",
    );
}

#[test]
fn dates() {
    rows(
        "SELECT current_date, current_date - 1, current_date - '2026-11-18'::date, now()::date::text || 'x', current_date + interval '1h'",
        "2026-11-20,2026-11-19,2,2026-11-20x,2026-11-20 01:00:00",
    );
    rows(
        "SELECT job_id FROM jobs WHERE created::date = '2026-11-20' AND created > current_date LIMIT 1",
        "1",
    );
}

#[test]
fn arrays_json_and_session() {
    rows(
        "SELECT ARRAY[1, 2][2], array_length(ARRAY['a', 'b'], 1), array_position(ARRAY['a', 'b'], 'b'), ARRAY[1] || ARRAY[2]",
        "2,2,2,{1,2}",
    );
    rows(
        "SELECT tags[1], 'a' = ANY (tags), tags @> ARRAY['b'], array_to_string(tags, '+') FROM users LIMIT 2",
        "a,true,true,a+b|b,false,true,b",
    );
    rows(
        "SELECT note->'b', note->>'a', note->'b'->>1, note->'b'->0 FROM prices WHERE id = 1",
        "[true, \"x\"],1,x,true",
    );
    rows(
        "SELECT current_user, current_user(), current_database(), version(), crdb_internal.node_id()",
        "root,root,movr,CockroachDB v26.2,1",
    );
    rows(
        "SELECT pg_typeof(1), pg_typeof('x'), pg_typeof(job_id) FROM jobs LIMIT 1",
        "bigint,text,bigint",
    );
}
