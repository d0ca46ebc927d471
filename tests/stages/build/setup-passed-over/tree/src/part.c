int v_part;
