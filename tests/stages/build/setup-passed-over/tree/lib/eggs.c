int v_eggs;
